//! Themes as files: a style for each role, in words.
//!
//! What must stay true: the built-in themes are written in the same words, so that one of them is a beginning for the user's own; a
//! mistake is said with its line and what is near.

use super::color::PALETTE;
use super::{Theme, color::Depth, color::fit};
use crate::nearest::nearest;
use conductor::config::{self, ConfigError, ConfigErrors, Example, Place, TextLine};
use ratatui::style::{Color, Modifier, Style};
use std::path::{Path, PathBuf};

/// The built-in themes, with the files that say them.
pub const BUILT_IN: [(&str, &str); 5] = [
    ("auto", include_str!("../../../../config/themes/auto.toml")),
    ("dark", include_str!("../../../../config/themes/dark.toml")),
    ("light", include_str!("../../../../config/themes/light.toml")),
    ("high-contrast", include_str!("../../../../config/themes/high-contrast.toml")),
    ("none", include_str!("../../../../config/themes/none.toml")),
];

/// The names of the sixteen colours, in the order of the palette.
const COLORS: [&str; 16] = [
    "black",
    "red",
    "green",
    "yellow",
    "blue",
    "magenta",
    "cyan",
    "white",
    "bright-black",
    "bright-red",
    "bright-green",
    "bright-yellow",
    "bright-blue",
    "bright-magenta",
    "bright-cyan",
    "bright-white",
];
const MODIFIERS: [(&str, Modifier); 6] = [
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underlined", Modifier::UNDERLINED),
    ("reversed", Modifier::REVERSED),
    ("crossed-out", Modifier::CROSSED_OUT),
];
/// The key that names the theme by which what a file leaves out is drawn.
const BASE: &str = "base";
const SYNTAX: &str = "syntax";
/// How a theme is written.
const EXAMPLE: Example = Example { line: "error = \"bold red\"", table: "[syntax]" };

/// The theme of this name: a built-in one, or that of `folder`. `at` is where it was named.
///
/// # Errors
/// When there is none, or its file is wrong.
pub fn named(name: &str, at: Option<&Place>, folder: &Path, depth: Depth) -> Result<Theme, ConfigErrors> {
    let mut theme = match BUILT_IN.iter().find(|(known, _)| *known == name) {
        Some((known, text)) => read(&config::texts(known, text, EXAMPLE)?, None)?,
        None => {
            let path = folder.join(format!("{name}.toml"));
            if !path.exists() {
                let own = own(folder);
                let names = BUILT_IN.iter().map(|(name, _)| *name).chain(own.iter().map(|(name, _)| name.as_str()));
                let near = nearest(name, names).map(|near| format!("did you mean `{near}`? "));
                let hint = format!("{}`segno config themes` lists the themes", near.unwrap_or_default());
                let file = Place::File { path, position: None, line: String::new() };
                let place = at.cloned().unwrap_or(file);
                return Err(ConfigError { place, what: format!("there is no theme `{name}`"), hint }.into());
            }
            read(&config::texts_of(&path, EXAMPLE)?, None)?
        }
    };
    theme.each(|_, _, style| *style = fit(*style, depth));
    Ok(theme)
}

/// The theme that the lines say.
fn read(lines: &[TextLine], within: Option<&str>) -> Result<Theme, ConfigErrors> {
    let mut errors = Vec::new();
    let base = lines.iter().find(|line| line.table.is_empty() && line.name == BASE);
    let mut theme = Theme::new(false);
    if let Some(line) = base {
        match BUILT_IN.iter().find(|(name, _)| *name == line.text && within.is_none()) {
            Some((name, text)) => theme = read(&config::texts(name, text, EXAMPLE)?, Some(name))?,
            None => {
                let names: Vec<&str> = BUILT_IN.iter().map(|(name, _)| *name).collect();
                let hint = match nearest(&line.text, names.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("a theme begins with one of {}", names.join(", ")),
                };
                errors.push(wrong(&line.text_at, format!("there is no built-in theme `{}`", line.text), hint));
            }
        }
    }
    for line in lines.iter().filter(|line| !(line.table.is_empty() && line.name == BASE)) {
        match style(&line.text) {
            Err((what, hint)) => errors.push(wrong(&line.text_at, what, hint)),
            Ok(style) => errors.extend(theme.set(line, style)),
        }
    }
    errors.sort_by_key(ConfigError::line);
    if errors.is_empty() { Ok(theme) } else { Err(ConfigErrors(errors)) }
}

/// The user's own themes in `folder`, by name.
pub fn own(folder: &Path) -> Vec<(String, PathBuf)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let named = |path: PathBuf| {
        let name = path.file_stem()?.to_str()?.to_owned();
        path.extension().is_some_and(|end| end == "toml").then_some((name, path))
    };
    let mut found: Vec<_> = entries.filter_map(|entry| named(entry.path())).collect();
    found.sort();
    found
}

fn wrong(at: &Place, what: impl Into<String>, hint: impl Into<String>) -> ConfigError {
    ConfigError { place: at.clone(), what: what.into(), hint: hint.into() }
}

impl Theme {
    /// Gives a role its style; the error where there is no such role.
    fn set(&mut self, line: &TextLine, style: Style) -> Option<ConfigError> {
        let (mut found, mut names) = (false, Vec::new());
        self.each(|table, name, place| {
            if table == line.table {
                names.push(name);
                if name == line.name {
                    *place = style;
                    found = true;
                }
            }
        });
        if found {
            return None;
        }
        if names.is_empty() {
            let what = format!("there is no table `{}` in a theme", line.table);
            return Some(wrong(&line.name_at, what, format!("the only one is [{SYNTAX}]")));
        }
        let hint = match nearest(&line.name, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are {}", names.join(", ")),
        };
        Some(wrong(&line.name_at, format!("there is no role `{}`", line.name), hint))
    }
}

/// A style in words: `bold cyan on #202020`.
fn style(text: &str) -> Result<Style, (String, String)> {
    let mut style = Style::new();
    let mut words = text.split_whitespace();
    while let Some(word) = words.next() {
        if word == "on" {
            let Some(next) = words.next() else {
                return Err(("`on` is followed by no colour".to_owned(), "write it as \"on blue\"".to_owned()));
            };
            style.bg = Some(color(next)?);
        } else if let Some((_, modifier)) = MODIFIERS.iter().find(|(name, _)| *name == word) {
            style = style.add_modifier(*modifier);
        } else {
            let found = color(word)?;
            if style.fg.replace(found).is_some() {
                return Err((format!("`{text}` has two colours"), "write `on` before that of the background".to_owned()));
            }
        }
    }
    Ok(style)
}

fn color(word: &str) -> Result<Color, (String, String)> {
    if let Some(at) = COLORS.iter().position(|name| *name == word) {
        return Ok(PALETTE[at].0);
    }
    if let Some(hex) = word.strip_prefix('#') {
        let value = u32::from_str_radix(hex, 16).ok().filter(|_| hex.len() == 6 && hex.bytes().all(|b| b.is_ascii_hexdigit()));
        let [_, r, g, b] = value
            .ok_or_else(|| (format!("`{word}` is no colour"), "write six digits from 0 to f, as in \"#ff8700\"".to_owned()))?
            .to_be_bytes();
        return Ok(Color::Rgb(r, g, b));
    }
    if word.bytes().all(|byte| byte.is_ascii_digit()) {
        let number = word.parse().map_err(|_| (format!("`{word}` is no colour"), "numbers go from 0 to 255".to_owned()));
        return number.map(Color::Indexed);
    }
    let hint = match nearest(word, COLORS.into_iter().chain(MODIFIERS.map(|(name, _)| name))) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("write one of {}, \"#rrggbb\", 0 to 255, or bold, dim, italic, underlined, reversed", COLORS.join(", ")),
    };
    Err((format!("`{word}` is neither a colour nor a manner of writing"), hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn theme(text: &str) -> Result<Theme, String> {
        let lines = config::texts("mine.toml", text, EXAMPLE).map_err(|errors| errors.to_string())?;
        read(&lines, None).map_err(|errors| errors.to_string())
    }

    #[test]
    fn the_built_in_themes_name_every_role_and_no_other() {
        for (name, text) in BUILT_IN {
            let lines = config::texts(name, text, EXAMPLE).unwrap();
            let mut roles = Vec::new();
            Theme::new(false).each(|table, role, _| roles.push((table.to_owned(), role.to_owned())));
            let mut named: Vec<_> = lines.iter().map(|line| (line.table.clone(), line.name.clone())).collect();
            roles.sort();
            named.sort();
            assert_eq!(named, roles, "{name}");
            assert!(read(&lines, None).is_ok(), "{name}");
        }
        assert_eq!(theme(BUILT_IN[0].1), Ok(Theme::new(false)), "auto is what the program draws by itself");
        assert_eq!(theme(BUILT_IN[4].1), Ok(Theme::new(true)), "and none is that without colours");
    }

    #[test]
    fn the_theme_for_strong_contrast_dims_nothing_and_has_strong_colours_alone() {
        let mut strong = theme(BUILT_IN[3].1).unwrap();
        strong.each(|table, role, style| {
            assert!(!style.add_modifier.contains(Modifier::DIM), "{table} {role}");
            let strong = |color| PALETTE[9..15].iter().any(|(known, _)| *known == color);
            assert!(style.fg.is_none_or(strong) && style.bg.is_none(), "{table} {role}");
        });
        for style in [strong.selected, strong.error, strong.warning, strong.external] {
            assert!(style.add_modifier.contains(Modifier::REVERSED));
        }
    }

    #[test]
    fn a_file_changes_what_it_names() {
        let mine = theme("base = \"dark\"\nerror = \"bold #ff0000 on 236\"\n[syntax]\nkeyword = \"\"\n").unwrap();
        let dark = theme(BUILT_IN[1].1).unwrap();
        let error = Style::new().fg(Color::Rgb(255, 0, 0)).bg(Color::Indexed(236)).add_modifier(Modifier::BOLD);
        assert_eq!((mine.error, mine.syntax.keyword, mine.warning), (error, Style::new(), dark.warning));
        for (text, part) in [
            ("eror = \"red\"", "did you mean `error`?"),
            ("error = \"reed\"", "did you mean `red`?"),
            ("error = \"#ff\"", "six digits"),
            ("error = \"#+12345\"", "six digits"),
            ("error = \"256\"", "from 0 to 255"),
            ("error = \"red blue\"", "two colours"),
            ("error = \"on\"", "followed by no colour"),
            ("error = 1", "wants a text in quotes"),
            ("error = red", "hint: put text in quotes: error = \"bold red\""),
            ("base = \"sepia\"", "hint: a theme begins with one of auto, dark, light, high-contrast, none"),
            ("base = \"mine\"", "there is no built-in theme `mine`"),
            ("[colors]\nred = \"\"", "the only one is [syntax]"),
        ] {
            let said = theme(text).unwrap_err();
            assert!(said.contains(part) && said.contains("mine.toml:"), "{text}: {said}");
        }
    }

    #[test]
    fn mistakes_stand_in_the_order_of_their_lines() {
        let said = theme("warning = \"reed\"\nerror = \"bleu\"\nbase = \"mine\"\n").unwrap_err();
        let at: Vec<_> = ["mine.toml:1:", "mine.toml:2:", "mine.toml:3:"].iter().map(|place| said.find(place).unwrap()).collect();
        assert!(at.is_sorted(), "{said}");
    }

    #[test]
    fn a_theme_that_is_not_there_is_an_error_that_names_the_nearest() {
        let said = named("drak", None, Path::new("/nowhere"), Depth::True).unwrap_err().to_string();
        assert!(said.contains("there is no theme `drak`") && said.contains("did you mean `dark`?"), "{said}");
        let plain = named("dark", None, Path::new("/nowhere"), Depth::None).unwrap();
        assert!(!format!("{plain:?}").contains("Rgb"));
    }
}
