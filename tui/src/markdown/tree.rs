//! A chunk's text as blocks within blocks.
//!
//! What must stay true: nesting is bounded, however deep the text goes, since blocks are walked and dropped recursively.

use super::flat::Flat;
use super::{Kind, Look, Marks, math};
use crate::sanitise::clean_line;
use pulldown_cmark::{
    Alignment, BlockQuoteKind, BrokenLink, CodeBlockKind, CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd,
};

/// So deep blocks lie in others; what is deeper lies there, too.
const DEEPEST: usize = 12;

/// What is read: CommonMark, and what models write beside it.
pub(super) const OPTIONS: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_FOOTNOTES)
    .union(Options::ENABLE_STRIKETHROUGH)
    .union(Options::ENABLE_TASKLISTS)
    .union(Options::ENABLE_MATH)
    .union(Options::ENABLE_GFM);

/// A block.
#[derive(Debug)]
pub(super) enum Node {
    Text(Flat),
    Heading(u8, Flat),
    Code { language: String, text: String, source: usize },
    Rule(usize),
    List { first: Option<u64>, items: Vec<Item> },
    Quote { title: &'static str, nodes: Vec<Node> },
    Table(Table),
    Footnote { label: String, nodes: Vec<Node> },
    Math(Flat),
}

/// A table.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) columns: Vec<Alignment>,
    pub(super) head: Vec<Flat>,
    pub(super) rows: Vec<Vec<Flat>>,
}

/// An item of a list.
#[derive(Debug, Default)]
pub(super) struct Item {
    pub(super) task: Option<bool>,
    pub(super) nodes: Vec<Node>,
    /// Its text stands in paragraphs: a blank row stands between it and the next.
    pub(super) loose: bool,
    pub(super) source: usize,
}

/// Reads a chunk; `definition` knows the addresses of links that are defined elsewhere.
pub(super) fn read(text: &str, definition: &dyn Fn(&str) -> Option<String>) -> Vec<Node> {
    let text = math::dollars(text);
    let callback = |link: BrokenLink<'_>| definition(&link.reference).map(|address| (CowStr::from(address), CowStr::from("")));
    let parser = Parser::new_with_broken_link_callback(&text, OPTIONS, Some(callback));
    let mut reader = Reader::default();
    for (event, range) in parser.into_offset_iter() {
        reader.take(event, range.start);
    }
    reader.finish()
}

/// A container that is open.
#[derive(Debug)]
enum Open {
    List { first: Option<u64>, items: Vec<Item> },
    Item(Item),
    Quote { title: &'static str, nodes: Vec<Node> },
    Footnote { label: String, nodes: Vec<Node> },
}

#[derive(Default)]
struct Reader {
    top: Vec<Node>,
    open: Vec<Open>,
    /// For each container begun: whether it is among those open.
    kept: Vec<bool>,
    /// The text that is being filled.
    flat: Option<Flat>,
    heading: Option<u8>,
    code: Option<(String, String, usize)>,
    table: Option<Table>,
    in_head: bool,
    marks: Vec<Marks>,
    links: Vec<(String, usize)>,
}

impl Reader {
    fn take(&mut self, event: Event<'_>, source: usize) {
        match event {
            Event::Start(tag) => self.start(tag, source),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => match &mut self.code {
                Some((_, code, _)) => code.push_str(&text),
                None => self.inline(&text, Kind::Text, source),
            },
            Event::Code(text) => self.inline(&text, Kind::Code, source + 1),
            Event::InlineMath(text) => self.inline(&math::readable(&text), Kind::Math, source),
            Event::DisplayMath(text) => self.display_math(&text, source),
            // As it is written: a terminal shows no pages.
            Event::Html(text) => self.inline(&text, Kind::Text, source),
            Event::InlineHtml(text) => match text.trim_end_matches(['/', '>', ' ']) {
                tag if tag.eq_ignore_ascii_case("<br") => self.inline("\n", Kind::Text, source),
                _ => self.inline(&text, Kind::Text, source),
            },
            Event::FootnoteReference(label) => self.inline(&format!("[{label}]"), Kind::Footnote, source),
            Event::SoftBreak | Event::HardBreak => self.inline("\n", Kind::Text, source),
            Event::Rule => self.node(Node::Rule(source)),
            Event::TaskListMarker(done) => {
                if let Some(Open::Item(item)) = self.open.last_mut() {
                    item.task = Some(done);
                }
            }
        }
    }

    fn start(&mut self, tag: Tag<'_>, source: usize) {
        match tag {
            Tag::Paragraph => {
                if let Some(Open::Item(item)) = self.open.last_mut() {
                    item.loose = true;
                }
                self.close_text();
            }
            Tag::Heading { level, .. } => {
                self.close_text();
                self.heading = Some(level_of(level));
            }
            Tag::BlockQuote(kind) => self.enter(Open::Quote { title: title(kind), nodes: Vec::new() }),
            Tag::CodeBlock(kind) => {
                self.close_text();
                let language = match kind {
                    CodeBlockKind::Fenced(info) => clean_line(info.split_whitespace().next().unwrap_or_default()).into_owned(),
                    CodeBlockKind::Indented => String::new(),
                };
                self.code = Some((language, String::new(), source));
            }
            Tag::List(first) => self.enter(Open::List { first, items: Vec::new() }),
            Tag::Item => self.enter(Open::Item(Item { source, ..Item::default() })),
            Tag::FootnoteDefinition(label) => {
                self.enter(Open::Footnote { label: clean_line(&label).into_owned(), nodes: Vec::new() })
            }
            Tag::Table(columns) => {
                self.close_text();
                self.table = Some(Table { columns, ..Table::default() });
            }
            Tag::TableHead => self.in_head = true,
            Tag::TableRow => {
                if let Some(table) = &mut self.table {
                    table.rows.push(Vec::new());
                }
            }
            Tag::TableCell => self.flat = Some(Flat::default()),
            Tag::Emphasis => self.marks.push(Marks::EMPHASIS),
            Tag::Strong => self.marks.push(Marks::STRONG),
            Tag::Strikethrough => self.marks.push(Marks::STRIKE),
            Tag::Link { dest_url, .. } => self.begin_link(&dest_url),
            Tag::Image { dest_url, .. } => {
                // It is never fetched: whoever made the text would learn that it is read.
                self.inline("image: ", Kind::Marker, source);
                self.begin_link(&dest_url);
            }
            Tag::HtmlBlock
            | Tag::Superscript
            | Tag::Subscript
            | Tag::DefinitionList
            | Tag::DefinitionListTitle
            | Tag::DefinitionListDefinition
            | Tag::MetadataBlock(_) => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::BlockQuote(_) | TagEnd::List(_) | TagEnd::Item | TagEnd::FootnoteDefinition => self.leave(),
            TagEnd::CodeBlock => {
                if let Some((language, text, source)) = self.code.take() {
                    self.node(Node::Code { language, text, source });
                }
            }
            TagEnd::TableCell => self.cell(),
            TagEnd::TableHead => self.in_head = false,
            TagEnd::Table => {
                if let Some(table) = self.table.take() {
                    self.node(Node::Table(table));
                }
            }
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough => _ = self.marks.pop(),
            TagEnd::Link | TagEnd::Image => self.end_link(),
            TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::HtmlBlock => self.close_text(),
            _ => {}
        }
    }

    fn finish(mut self) -> Vec<Node> {
        self.close_text();
        while !self.open.is_empty() {
            self.kept.clear();
            self.kept.push(true);
            self.leave();
        }
        self.top
    }

    fn look(&self, kind: Kind) -> Look {
        let quoted = self.open.iter().any(|open| matches!(open, Open::Quote { .. }));
        let look = if quoted { Look::of(kind).and(Marks::QUOTE) } else { Look::of(kind) };
        self.marks.iter().fold(look, |look, mark| look.and(*mark))
    }

    fn inline(&mut self, text: &str, kind: Kind, source: usize) {
        let look = self.look(kind);
        let linked = if self.links.is_empty() { look } else { look.and(Marks::LINK) };
        self.flat.get_or_insert_default().push(text, linked, source);
    }

    fn begin_link(&mut self, address: &str) {
        let start = self.flat.get_or_insert_default().text.len();
        self.links.push((address.to_owned(), start));
    }

    /// After the text of a link its address stands, unless it is the text: nobody can tell from the text where it leads.
    fn end_link(&mut self) {
        let Some((address, start)) = self.links.pop() else { return };
        let look = self.look(Kind::Address);
        let flat = self.flat.get_or_insert_default();
        let shown = flat.text.get(start..).unwrap_or_default().trim();
        let same = shown == address || address.strip_prefix("mailto:").is_some_and(|rest| rest == shown);
        let gap = if shown.is_empty() { "" } else { " " };
        let source = flat.source(start);
        if openable(&address) {
            flat.link(start, &address);
        }
        if !same && !address.is_empty() {
            flat.push(&format!("{gap}({address})"), look, source);
        }
    }

    fn display_math(&mut self, text: &str, source: usize) {
        let alone = self.flat.as_ref().is_none_or(Flat::is_blank) && self.table.is_none();
        let readable = math::readable(text);
        if alone && readable.contains('\n') {
            let mut flat = Flat::default();
            flat.push(&readable, Look::of(Kind::Math), source);
            self.node(Node::Math(flat));
        } else {
            self.inline(&readable.replace('\n', "  "), Kind::Math, source);
        }
    }

    fn cell(&mut self) {
        let mut flat = self.flat.take().unwrap_or_default();
        flat.refer();
        match (&mut self.table, self.in_head) {
            (Some(table), true) => table.head.push(flat),
            (Some(table), false) => {
                if let Some(row) = table.rows.last_mut() {
                    row.push(flat);
                }
            }
            (None, _) => {}
        }
    }

    /// Ends the text that is being filled.
    fn close_text(&mut self) {
        let heading = self.heading.take();
        let Some(mut flat) = self.flat.take().filter(|flat| !flat.is_blank()) else { return };
        flat.refer();
        self.add(match heading {
            Some(level) => {
                flat.paint(Kind::Heading(level));
                Node::Heading(level, flat)
            }
            None => Node::Text(flat),
        });
    }

    fn node(&mut self, node: Node) {
        self.close_text();
        self.add(node);
    }

    fn add(&mut self, node: Node) {
        for open in self.open.iter_mut().rev() {
            match open {
                Open::Item(Item { nodes, .. }) | Open::Quote { nodes, .. } | Open::Footnote { nodes, .. } => {
                    return nodes.push(node);
                }
                Open::List { .. } => {}
            }
        }
        self.top.push(node);
    }

    fn enter(&mut self, open: Open) {
        self.close_text();
        // A list and its items go together.
        let keep = match open {
            Open::Item(_) => self.kept.last().copied().unwrap_or(false),
            _ => self.open.len() < DEEPEST,
        };
        self.kept.push(keep);
        if keep {
            self.open.push(open);
        }
    }

    fn leave(&mut self) {
        self.close_text();
        if !self.kept.pop().unwrap_or(false) {
            return;
        }
        match self.open.pop() {
            Some(Open::List { first, items }) => self.add(Node::List { first, items }),
            Some(Open::Quote { title, nodes }) => self.add(Node::Quote { title, nodes }),
            Some(Open::Footnote { label, nodes }) => self.add(Node::Footnote { label, nodes }),
            Some(Open::Item(item)) => {
                if let Some(Open::List { items, .. }) = self.open.last_mut() {
                    items.push(item);
                }
            }
            None => {}
        }
    }
}

fn level_of(level: HeadingLevel) -> u8 {
    level as u8
}

fn title(kind: Option<BlockQuoteKind>) -> &'static str {
    match kind {
        None => "",
        Some(BlockQuoteKind::Note) => "Note",
        Some(BlockQuoteKind::Tip) => "Tip",
        Some(BlockQuoteKind::Important) => "Important",
        Some(BlockQuoteKind::Warning) => "Warning",
        Some(BlockQuoteKind::Caution) => "Caution",
    }
}

/// Whether a terminal may be told to open an address: one of the web or of mail, in plain characters.
fn openable(address: &str) -> bool {
    let begins = |scheme: &&str| address.get(..scheme.len()).is_some_and(|is| is.eq_ignore_ascii_case(scheme));
    let known = ["https://", "http://", "mailto:"].iter().any(begins);
    known && address.len() < 2048 && address.bytes().all(|byte| byte.is_ascii_graphic())
}
