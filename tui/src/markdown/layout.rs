//! Blocks as rows.

use super::highlight::Place;
use super::rendered::{Page, Rendered};
use super::tree::{Item, Node};
use super::{Highlighter, Kind, LINE, Look, Marks, code, table};
use unicode_width::UnicodeWidthStr as _;

/// Whoever colours code, and where the chunk stands.
pub(super) type Lights<'a> = Option<(&'a mut Highlighter, Place)>;

/// Lays out the blocks of a chunk.
pub(super) fn render(nodes: &[Node], width: usize, mut lights: Lights<'_>) -> Rendered {
    let mut page = Page::new(width);
    blocks(nodes, true, &mut page, &mut lights);
    page.finish()
}

/// Blocks under each other, with a blank row between them where `apart`.
fn blocks(nodes: &[Node], apart: bool, page: &mut Page, lights: &mut Lights<'_>) {
    for (index, node) in nodes.iter().enumerate() {
        if index > 0 && apart {
            page.blank(source_of(node));
        }
        block(node, page, lights);
    }
}

fn block(node: &Node, page: &mut Page, lights: &mut Lights<'_>) {
    match node {
        Node::Text(flat) | Node::Math(flat) => flat.write(page),
        Node::Heading(level, flat) => {
            let mark = format!("{} ", "#".repeat(usize::from(*level)));
            page.indent(Some((mark.clone(), Look::of(Kind::Marker))), " ".repeat(mark.len()), Look::default());
            flat.write(page);
            page.dedent();
        }
        Node::Code { language, text, source } => code::nested(language, text, *source, page, lights),
        Node::Rule(source) => {
            page.row(*source);
            page.put(&LINE.repeat(page.room()), Look::of(Kind::Line));
        }
        Node::List { first, items } => list(*first, items, page, lights),
        Node::Quote { title, nodes } => {
            let bar = format!("{} ", "│");
            page.indent(None, bar, Look::of(Kind::Line));
            if !title.is_empty() {
                page.row(nodes.first().map_or(0, source_of));
                page.put(title, Look::of(Kind::Text).and(Marks::STRONG));
            }
            blocks(nodes, true, page, lights);
            page.dedent();
        }
        Node::Table(table) => table::write(table, page),
        Node::Footnote { label, nodes } => {
            let mark = format!("[{label}] ");
            let rest = " ".repeat(mark.width());
            page.indent(Some((mark, Look::of(Kind::Footnote))), rest, Look::default());
            blocks(nodes, true, page, lights);
            page.dedent();
        }
    }
}

fn list(first: Option<u64>, items: &[Item], page: &mut Page, lights: &mut Lights<'_>) {
    let last = first.map(|first| first.saturating_add(items.len().saturating_sub(1) as u64));
    let digits = last.map_or(0, |last| last.to_string().len());
    let loose = items.iter().any(|item| item.loose);
    for (index, item) in items.iter().enumerate() {
        if index > 0 && loose {
            page.blank(item.source);
        }
        let mark = match first {
            Some(first) => format!("{:>digits$}. ", first.saturating_add(index as u64)),
            None => format!("{} ", "•"),
        };
        let mark = match item.task {
            Some(true) => format!("{mark}[x] "),
            Some(false) => format!("{mark}[ ] "),
            None => mark,
        };
        let rest = " ".repeat(mark.width());
        page.indent(Some((mark, Look::of(Kind::Marker))), rest, Look::default());
        if item.nodes.is_empty() {
            page.row(item.source);
        }
        blocks(&item.nodes, item.loose, page, lights);
        page.dedent();
    }
}

/// Where a block begins in the source.
fn source_of(node: &Node) -> usize {
    match node {
        Node::Text(flat) | Node::Heading(_, flat) | Node::Math(flat) => flat.source(0),
        Node::Code { source, .. } | Node::Rule(source) => *source,
        Node::List { items, .. } => items.first().map_or(0, |item| item.source),
        Node::Quote { nodes, .. } | Node::Footnote { nodes, .. } => nodes.first().map_or(0, source_of),
        Node::Table(table) => table.head.first().map_or(0, |cell| cell.source(0)),
    }
}
