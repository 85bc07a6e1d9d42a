//! How well labelled prompts were told.

use crate::words::columns;
use conductor::domain::TaskClass;

/// The classes in the order of the report.
const CLASSES: [TaskClass; 8] = TaskClass::ALL;

/// Counts of labels and of what was told.
#[derive(Debug, Default)]
pub(super) struct Report {
    /// By label, then by what was told.
    counts: [[usize; CLASSES.len()]; CLASSES.len()],
    /// Told as another class that is right, too.
    also_right: usize,
}

impl Report {
    pub(super) fn add(&mut self, label: TaskClass, accepted: &[TaskClass], told: TaskClass) {
        self.counts[place(label)][place(told)] += 1;
        self.also_right += usize::from(told != label && accepted.contains(&told));
    }

    fn total(&self) -> usize {
        self.counts.iter().flatten().sum()
    }

    fn hits(&self, class: usize) -> usize {
        self.counts[class][class]
    }

    fn labelled(&self, class: usize) -> usize {
        self.counts[class].iter().sum()
    }

    fn told(&self, class: usize) -> usize {
        self.counts.iter().map(|row| row[class]).sum()
    }

    fn f1(&self, class: usize) -> f64 {
        share(2 * self.hits(class), self.labelled(class) + self.told(class))
    }

    /// The classes that any prompt was labelled with.
    fn there(&self) -> Vec<usize> {
        (0..CLASSES.len()).filter(|class| self.labelled(*class) > 0).collect()
    }

    /// The mean of F1 over the classes that were labelled, each counted once.
    pub(super) fn macro_f1(&self) -> f64 {
        let there = self.there();
        there.iter().map(|class| self.f1(*class)).sum::<f64>() / there.len().max(1) as f64
    }

    /// The share that was told as labelled.
    pub(super) fn strict(&self) -> f64 {
        share((0..CLASSES.len()).map(|class| self.hits(class)).sum(), self.total())
    }

    /// As lines; none where nothing was labelled.
    pub(super) fn lines(&self) -> Vec<String> {
        let (total, there) = (self.total(), self.there());
        if total == 0 {
            return Vec::new();
        }
        let hits: usize = there.iter().map(|class| self.hits(*class)).sum();
        let commonest = there.iter().map(|class| self.labelled(*class)).max().unwrap_or(0);
        let mut lines = vec![
            format!("{total} prompts"),
            format!("accuracy {:.3}, with all labels that are right {:.3}", self.strict(), share(hits + self.also_right, total)),
            format!("macro-F1 {:.3}", self.macro_f1()),
            format!("always the commonest class: accuracy {:.3}", share(commonest, total)),
            String::new(),
        ];
        lines.extend(columns(&self.by_class(&there)));
        lines.push(String::new());
        lines.push("rows are labels, columns what was told".to_owned());
        lines.extend(columns(&self.confusion(&there)));
        lines
    }

    fn by_class(&self, there: &[usize]) -> Vec<Vec<String>> {
        let head = ["CLASS", "PROMPTS", "PRECISION", "RECALL", "F1"].map(str::to_owned).to_vec();
        let row = |class: &usize| {
            let precision = share(self.hits(*class), self.told(*class));
            let recall = share(self.hits(*class), self.labelled(*class));
            let figure = |value: f64| format!("{value:.3}");
            let count = self.labelled(*class).to_string();
            vec![CLASSES[*class].name().to_owned(), count, figure(precision), figure(recall), figure(self.f1(*class))]
        };
        std::iter::once(head).chain(there.iter().map(row)).collect()
    }

    fn confusion(&self, there: &[usize]) -> Vec<Vec<String>> {
        let told: Vec<usize> = (0..CLASSES.len()).filter(|class| self.told(*class) + self.labelled(*class) > 0).collect();
        let head = std::iter::once(String::new()).chain(told.iter().map(|class| CLASSES[*class].word().to_owned())).collect();
        let row = |class: &usize| {
            let cells = told.iter().map(|told| self.counts[*class][*told].to_string());
            std::iter::once(CLASSES[*class].name().to_owned()).chain(cells).collect()
        };
        std::iter::once(head).chain(there.iter().map(row)).collect()
    }
}

fn place(class: TaskClass) -> usize {
    CLASSES.iter().position(|c| *c == class).unwrap_or(0)
}

fn share(part: usize, all: usize) -> f64 {
    part as f64 / all.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use TaskClass::{CodeGeneration, Creative, General, Mathematical};

    #[test]
    fn figures() {
        let mut report = Report::default();
        for (label, accepted, told) in [
            (CodeGeneration, &[CodeGeneration][..], CodeGeneration),
            (CodeGeneration, &[CodeGeneration, General], General),
            (Mathematical, &[Mathematical], Mathematical),
            (Mathematical, &[Mathematical], Creative),
        ] {
            report.add(label, accepted, told);
        }
        assert_eq!((report.strict(), report.total()), (0.5, 4));
        // Each class: precision 1, recall 1/2, F1 2/3.
        assert!((report.macro_f1() - 2.0 / 3.0).abs() < 1e-9);
        let lines = report.lines();
        assert_eq!(lines[1], "accuracy 0.500, with all labels that are right 0.750");
        assert!(lines.iter().any(|line| line.starts_with("CodeGeneration  2        1.000      0.500   0.667")), "{lines:#?}");
        assert!(Report::default().lines().is_empty());
    }
}
