//! The lines of a text that may hold a calculation, without what begins them: bullets, numbers of lists, quotes.

/// The longest line that is read as a whole; of longer ones what stands around each equals sign.
const LONGEST: usize = 4000;

/// How much on each side of it.
const AROUND: usize = 400;

/// The most pieces of one line; there are budgets for more.
const MOST_PIECES: usize = 300;

/// A line, or a piece of a long one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    pub(super) text: &'a str,
    /// The line before, where it ends in a colon and so speaks of this one.
    pub(super) before: &'a str,
    /// True where a dash was taken for a bullet: it may be a minus.
    pub(super) dash: bool,
    /// True where more text stands before, and after.
    pub(super) cut: (bool, bool),
}

/// The pieces of `text` with a candidate in them. Blocks of code have none.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut fence: Option<&str> = None;
    let mut before = "";
    text.lines().flat_map(move |line| {
        let start = line.trim_start();
        let marks = ["```", "~~~"].into_iter().find(|marks| start.starts_with(marks));
        match (fence, marks) {
            (None, Some(marks)) => fence = Some(marks),
            (Some(open), Some(marks)) if open == marks => fence = None,
            _ => {}
        }
        if fence.is_some() || marks.is_some() {
            before = "";
            return Vec::new();
        }
        let pieces = of_line(line, before);
        if !line.trim().is_empty() {
            before = if line.len() <= LONGEST && line.trim_end().ends_with([':', '：']) { line } else { "" };
        }
        pieces
    })
}

fn of_line<'a>(line: &'a str, before: &'a str) -> Vec<Piece<'a>> {
    let mut candidates = candidates(line).peekable();
    if candidates.peek().is_none() {
        return Vec::new();
    }
    if line.len() <= LONGEST {
        let (text, dash) = without_marker(line);
        return vec![Piece { text, before, dash, cut: (false, false) }];
    }
    let mut pieces = Vec::new();
    let mut end = 0;
    for at in candidates {
        if pieces.len() == MOST_PIECES {
            break;
        }
        if at >= end {
            let start = line.floor_char_boundary(at.saturating_sub(AROUND).max(end));
            end = line.ceil_char_boundary((at + AROUND).min(line.len()));
            let cut = (start > 0, end < line.len());
            pieces.push(Piece { text: &line[start..end], before: "", dash: false, cut });
        }
    }
    pieces
}

/// Where an equals sign stands with something like a number on both sides. Cheap: it decides what is read at all.
fn candidates(line: &str) -> impl Iterator<Item = usize> {
    const DRESS: [char; 9] = [' ', '*', '`', '$', '&', '\t', '\u{A0}', '€', '_'];
    let ends = |c: char| c.is_numeric() || matches!(c, ')' | '}' | '%' | ']');
    let begins = |c: char| c.is_ascii_digit() || matches!(c, '-' | '−' | '–' | '(' | '{' | '\\' | '.' | '√' | '£' | '¥');
    let sign = |(at, first): (usize, &str)| match first {
        "\\" => line[at..].starts_with("\\approx").then_some((at, "\\approx".len())),
        sign => Some((at, sign.len())),
    };
    let signs = line.match_indices(['=', '≈', '\\']).filter_map(sign);
    let between = move |&(at, length): &(usize, usize)| {
        line[..at].trim_end_matches(DRESS).ends_with(ends) && line[at + length..].trim_start_matches(DRESS).starts_with(begins)
    };
    signs.filter(between).map(|(at, _)| at)
}

/// `line` without the marks of lists, headings, quotes and tables that it begins with; and whether one was a dash.
fn without_marker(line: &str) -> (&str, bool) {
    let (mut rest, mut dash) = (line.trim_start(), false);
    loop {
        let marker = marker(rest);
        if marker == 0 {
            return (rest, dash);
        }
        dash = rest.starts_with(['-', '–', '−']);
        rest = rest[marker..].trim_start();
    }
}

/// The length of the mark that `text` begins with; 0 for none.
fn marker(text: &str) -> usize {
    let Some(first) = text.chars().next() else { return 0 };
    let length = match first {
        '>' | '|' => return 1,
        '-' | '–' | '−' | '*' | '+' | '•' | '‣' | '◦' => first.len_utf8(),
        '#' => text.bytes().take_while(|b| *b == b'#').count(),
        // `1.`, `(a)`, `12)`
        _ => {
            let open = usize::from(first == '(');
            let name = text[open..].bytes().take_while(u8::is_ascii_alphanumeric).count();
            let closed = text[open + name..].starts_with(if open == 1 { &[')'][..] } else { &[')', '.'][..] });
            if (1..=3).contains(&name) && closed { open + name + 1 } else { return 0 }
        }
    };
    if text[length..].starts_with([' ', '\t']) { length } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_are_taken_off() {
        for (line, text, dash) in [
            ("2 + 3 = 5", "2 + 3 = 5", false),
            ("- 2 + 3 = 5", "2 + 3 = 5", true),
            ("-2 + 3 = 1", "-2 + 3 = 1", false),
            ("* 2 + 3 = 5", "2 + 3 = 5", false),
            ("**2 + 3 = 5**", "**2 + 3 = 5**", false),
            ("1. 2 + 3 = 5", "2 + 3 = 5", false),
            ("1.5 + 3 = 4.5", "1.5 + 3 = 4.5", false),
            ("  (a) 2 + 3 = 5", "2 + 3 = 5", false),
            ("> 1) - 2 + 3 = 5", "2 + 3 = 5", true),
            ("| 2 + 3 = 5 |", "2 + 3 = 5 |", false),
            ("(2 + 3) * 4 = 20", "(2 + 3) * 4 = 20", false),
        ] {
            let pieces: Vec<_> = pieces(line).collect();
            assert_eq!(pieces, [Piece { text, before: "", dash, cut: (false, false) }], "{line}");
        }
    }

    #[test]
    fn lines_without_a_candidate_are_passed_over() {
        for line in ["", "x = 5", "a = b", "5 = x", "width=\"100\"", "a[0] == b[1]", "1.2.3", "```\n2 + 3 = 5\n```", "~~~\n1+1=3"]
        {
            assert_eq!(pieces(line).count(), 0, "{line}");
        }
        let long = format!("{}2 + 3 = 5{}", "word ".repeat(2000), " word".repeat(2000));
        let found: Vec<_> = pieces(&long).collect();
        assert!(found.len() == 1 && found[0].text.len() < 1000 && found[0].cut == (true, true));
        assert_eq!(pieces("so:\n\n2 + 3 = 5").next().map(|p| p.before), Some("so:"));
    }
}
