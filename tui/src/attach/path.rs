//! Paths as they are typed, completed and pasted.
//!
//! What must stay true: pure; whether there is such a file is not looked at here.

/// Longer than any path of any system.
const LONGEST: usize = 4096;

/// A path as it is typed: in quotes, or with escaped blanks, or as it is. `None` where there is none.
pub(crate) fn typed(text: &str) -> Option<String> {
    let text = text.trim();
    let quoted = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote).filter(|inside| !inside.contains(quote));
    let path = match quoted('"').or_else(|| quoted('\'')) {
        Some(inside) => inside.to_owned(),
        None => unescaped(text),
    };
    (!path.is_empty()).then_some(path)
}

/// A path that was pasted, and nothing else: whole, from the root or from `~`, or as `file://`. Terminals paste so what is
/// dragged into them.
pub(crate) fn pasted(text: &str) -> Option<String> {
    let text = text.trim();
    if text.len() > LONGEST || text.contains(['\n', '\r', '\0']) {
        return None;
    }
    if let Some(url) = text.strip_prefix("file://") {
        // A name of a host may stand between: only this one's files are meant.
        let at = url.find('/').filter(|at| matches!(&url[..*at], "" | "localhost"))?;
        return decoded(&url[at..]);
    }
    let is_bare = !text.starts_with(['"', '\'']);
    let path = typed(text)?;
    // Words that follow a path without being escaped make it a sentence, unless all of it is one path: that shows when it
    // is looked for.
    let begins = path.starts_with('/') || path.starts_with("~/") || is_drive(&path);
    // `/model x` is a command, and `//` begins a question.
    let is_command = is_bare && !path.chars().skip(1).any(|c| matches!(c, '/' | '\\'));
    (begins && !is_command && !path.starts_with("//")).then_some(path)
}

/// `C:\` or `C:/`.
fn is_drive(path: &str) -> bool {
    cfg!(windows) && matches!(path.as_bytes(), [letter, b':', b'\\' | b'/', ..] if letter.is_ascii_alphabetic())
}

/// The folder of a path that is being typed, with its last slash, and what is typed of the name in it.
pub(crate) fn split(path: &str) -> (&str, &str) {
    path.split_at(path.rfind('/').map_or(0, |at| at + 1))
}

/// A path as it can be typed in a line with other words.
pub(crate) fn escaped(path: &str) -> String {
    if cfg!(windows) {
        return path.to_owned();
    }
    let mut out = String::with_capacity(path.len());
    for c in path.chars() {
        if c.is_whitespace() || matches!(c, '\\' | '"' | '\'') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A backslash stands before what counts as itself; not so on Windows, where it parts folders.
pub(crate) fn unescaped(path: &str) -> String {
    if cfg!(windows) {
        return path.to_owned();
    }
    let (mut out, mut chars) = (String::with_capacity(path.len()), path.chars());
    while let Some(c) = chars.next() {
        out.push(if c == '\\' { chars.next().unwrap_or(c) } else { c });
    }
    out
}

/// A path as far as it is typed, in quotes that are still open, or with escaped blanks.
pub(crate) fn partly(text: &str) -> String {
    match text.strip_prefix(['"', '\'']) {
        Some(quoted) => quoted.to_owned(),
        None => unescaped(text),
    }
}

/// What `@` begins at the end of `before`, the text up to the cursor: the path behind it as it is typed. The `@` stands at
/// the start of a word: an address of mail is none.
pub(crate) fn at_word(before: &str) -> Option<&str> {
    let (mut start, mut quote) = (0, None);
    let mut is_escaped = false;
    for (at, c) in before.char_indices() {
        if quote == Some(c) {
            // A path in quotes ends with them.
            (start, quote) = (before.len(), None);
        } else if quote.is_none() && matches!(c, '"' | '\'') && before[start..at] == *"@" {
            quote = Some(c);
        } else if c.is_whitespace() && !is_escaped && quote.is_none() {
            start = at + c.len_utf8();
        }
        is_escaped = c == '\\' && !is_escaped && !cfg!(windows);
    }
    before[start..].strip_prefix('@')
}

/// `%20` and the like as what they stand for.
fn decoded(url: &str) -> Option<String> {
    let (mut out, mut bytes) = (Vec::with_capacity(url.len()), url.bytes());
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        let (high, low) = (digit(bytes.next())?, digit(bytes.next())?);
        out.push(u8::try_from(high * 16 + low).ok().filter(|byte| *byte != 0)?);
    }
    String::from_utf8(out).ok()
}

#[cfg(all(test, not(windows)))]
mod tests {
    use super::*;

    #[test]
    fn typed_paths() {
        for (text, want) in [
            ("a.txt", Some("a.txt")),
            (" dir/a b.txt ", Some("dir/a b.txt")),
            ("dir/a\\ b.txt", Some("dir/a b.txt")),
            ("'a b.txt'", Some("a b.txt")),
            ("\"it's.txt\"", Some("it's.txt")),
            ("\"", Some("\"")),
            ("  ", None),
            ("''", None),
        ] {
            assert_eq!(typed(text).as_deref(), want, "{text}");
        }
        for path in ["a b/c'd\".txt", "x\\y", "日 本"] {
            assert_eq!(typed(&escaped(path)).as_deref(), Some(path));
            assert_eq!(at_word(&format!("see @{}", escaped(path))), Some(escaped(path).as_str()));
        }
    }

    #[test]
    fn pasted_paths() {
        for (text, want) in [
            ("/home/ada/cat.png", Some("/home/ada/cat.png")),
            (" /home/ada/cat.png\n", Some("/home/ada/cat.png")),
            ("'/home/ada/my cat.png'", Some("/home/ada/my cat.png")),
            ("/home/ada/my\\ cat.png ", Some("/home/ada/my cat.png")),
            ("/home/ada/my cat.png", Some("/home/ada/my cat.png")),
            ("~/cat.png", Some("~/cat.png")),
            ("file:///home/ada/my%20cat.png", Some("/home/ada/my cat.png")),
            ("file://localhost/a/b%C3%A4.png", Some("/a/b\u{e4}.png")),
            ("file://server/a/b.png", None),
            ("file:///a%2", None),
            ("file:///a%00b", None),
            ("cat.png", None),
            ("/model x", None),
            ("/help", None),
            ("//etc/passwd", None),
            ("/a/b\n/c/d", None),
            ("https://example.org/a.png", None),
            ("", None),
            ("~", None),
        ] {
            assert_eq!(pasted(text).as_deref(), want, "{text}");
        }
        assert_eq!(pasted(&format!("/{}", "a/".repeat(3000))), None);
    }

    #[test]
    fn words_that_begin_with_at() {
        for (before, want) in [
            ("@", Some("")),
            ("see @src/ma", Some("src/ma")),
            ("see\n@a", Some("a")),
            ("@a\\ b", Some("a\\ b")),
            ("@a b", None),
            ("ada@example.org", None),
            ("", None),
            ("a @ b", None),
            ("see @\"my ca", Some("\"my ca")),
            ("see @'my ca", Some("'my ca")),
            ("see @\"my cat\"", None),
            ("see @\"my cat\" and @x", Some("x")),
            ("it's @x", Some("x")),
        ] {
            assert_eq!(at_word(before), want, "{before:?}");
        }
        for (path, want) in [("src/ma", ("src/", "ma")), ("ma", ("", "ma")), ("~/", ("~/", "")), ("/", ("/", ""))] {
            assert_eq!(split(path), want);
        }
    }
}
