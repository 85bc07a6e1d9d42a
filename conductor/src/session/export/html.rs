//! A conversation as one page for a browser.
//!
//! What must stay true: all that comes from a message is escaped; the page has no script and no link, and forbids the browser to load
//! anything.

use super::{ending, plain, speaker, summed_up, when, words};
use crate::domain::{Conversation, Role};

/// Nothing is loaded or run; the style stands in the page.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

const STYLE: &str = "\
body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 48rem; padding: 0 1rem; color-scheme: light dark; }
article { border-top: 1px solid #8886; padding: .5rem 0; }
article.user { border-left: .25rem solid #8886; padding-left: .75rem; }
h2 { font-size: 1rem; margin: .25rem 0; }
time, .ending, .label { color: #777; font-size: .85rem; }
pre { font: inherit; overflow-wrap: anywhere; white-space: pre-wrap; }
";

/// The path that is shown.
pub(super) fn page(conversation: &Conversation) -> String {
    let summary = &conversation.summary;
    let title = escaped(&summary.title);
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
    );
    for message in conversation.messages.iter() {
        let class = if message.role == Role::User { "user" } else { "assistant" };
        let (who, at) = (escaped(&speaker(message)), escaped(&when(message.created_ms)));
        page.push_str(&format!("<article class=\"{class}\">\n<h2>{who}</h2>\n<time datetime=\"{at}\">{at}</time>\n"));
        page.push_str(&format!("<pre dir=\"auto\">{}</pre>\n", escaped(words(message).trim_end())));
        if let Some(ending) = ending(message) {
            page.push_str(&format!("<p class=\"ending\">{}</p>\n", escaped(&ending)));
        }
        for label in &message.labels {
            page.push_str(&format!("<p class=\"label\">{}</p>\n", escaped(&label.text)));
        }
        page.push_str("</article>\n");
        if let Some((head, text)) = summed_up(conversation, message.id) {
            let (head, text) = (escaped(&head), escaped(text.trim()));
            page.push_str(&format!("<article class=\"summary\">\n<h2>{head}</h2>\n<pre dir=\"auto\">{text}</pre>\n</article>\n"));
        }
    }
    page.push_str("</body>\n</html>\n");
    page
}

/// Words that a browser takes for nothing else, in text and between quotes.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in plain(text).chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}
