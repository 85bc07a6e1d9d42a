//! Licences, told by their texts.
//!
//! What must stay true: a text with a limit on users or uses anywhere in it is never called permissive, nor is one that only
//! mentions such a licence: a permissive licence is known by its own words, or by a title at the very beginning.

use super::{Licence, LicenceClass};
use LicenceClass::{Copyleft, Permissive, Restricted};

/// How much of a text is read, in bytes: several licences one after the other are less.
const READ: usize = 256 * 1024;

/// How much of it counts as its beginning, where titles stand.
const TITLE: usize = 400;

/// Licences with limits, by words of their titles; those first that others begin with, too. The numbers of a version are
/// left open: `llama 3.1 community license`.
const RESTRICTED: [(&str, &str); 42] = [
    ("code llama community license", "Code Llama Community"),
    ("llama 2 community license", "Llama 2 Community"),
    ("llama 3 community license", "Llama 3 Community"),
    ("llama 3.1 community license", "Llama 3.1 Community"),
    ("llama 3.2 community license", "Llama 3.2 Community"),
    ("llama 3.3 community license", "Llama 3.3 Community"),
    ("llama 4 community license", "Llama 4 Community"),
    ("gemma terms of use", "Gemma Terms of Use"),
    ("gemma prohibited use policy", "Gemma Terms of Use"),
    ("health ai developer foundations terms", "Health AI Developer Foundations"),
    ("tongyi qianwen research license", "Tongyi Qianwen Research"),
    ("tongyi qianwen license", "Tongyi Qianwen"),
    ("qwen research license", "Qwen Research"),
    ("qwen license agreement", "Qwen"),
    ("deepseek license agreement", "DeepSeek"),
    ("deepseek model license", "DeepSeek"),
    ("mistral ai research license", "Mistral Research (MRL)"),
    ("mistral ai non-production license", "Mistral Non-Production (MNPL)"),
    ("mistral non-production license", "Mistral Non-Production (MNPL)"),
    ("falcon 180b tii license", "Falcon 180B TII"),
    ("falcon 2 11b tii license", "Falcon 2 TII"),
    ("tii falcon license", "TII Falcon"),
    ("tii falcon-llm license", "TII Falcon"),
    ("falcon-llm license", "TII Falcon"),
    ("falcon llm license", "TII Falcon"),
    ("bigcode openrail-m", "BigCode OpenRAIL-M"),
    ("bigcode open rail-m", "BigCode OpenRAIL-M"),
    ("bigscience rail license", "BigScience RAIL"),
    ("bigscience open rail-m", "BigScience OpenRAIL-M"),
    ("creativeml open rail", "CreativeML OpenRAIL-M"),
    ("openrail", "OpenRAIL"),
    ("open rail-m", "OpenRAIL"),
    ("yi series models", "Yi Series"),
    ("nvidia open model license", "NVIDIA Open Model"),
    ("stability ai community license", "Stability AI Community"),
    ("stability ai non-commercial", "Stability AI Non-Commercial"),
    ("exaone ai model license", "EXAONE"),
    ("microsoft research license", "Microsoft Research"),
    ("lfm open license", "LFM Open"),
    ("ai2 impact license", "AI2 ImpACT"),
    ("modified mit license", "Modified MIT"),
    ("internlm license", "InternLM"),
];

/// Limits that some text of its own makes, whatever it is called.
const LIMITS: [&str; 16] = [
    "non-commercial",
    "noncommercial",
    "research purposes only",
    "research use only",
    "for research only",
    "monthly active users",
    "commons clause",
    "acceptable use policy",
    "prohibited use policy",
    "use-based restrictions",
    "use restrictions",
    "you may not use the model",
    "you agree not to use the model",
    "not for production",
    "non-production",
    "not be used for commercial",
];

/// Licences whose works stay open, by their titles at the beginning; the longer names first.
const COPYLEFT: [(&str, &str); 8] = [
    ("gnu affero general public license", "AGPL"),
    ("gnu lesser general public license", "LGPL"),
    ("gnu library general public license", "LGPL"),
    ("gnu general public license", "GPL"),
    ("gnu free documentation license", "GFDL"),
    ("mozilla public license", "MPL"),
    ("eclipse public license", "EPL"),
    ("european union public licence", "EUPL"),
];

/// Licences without conditions that matter here, by words that only they have.
const PERMISSIVE: [(&str, &str); 6] = [
    ("permission is hereby granted, free of charge, to any person obtaining a copy", "MIT"),
    ("permission to use, copy, modify, and/or distribute this software for any purpose with or without fee", "ISC"),
    ("this is free and unencumbered software released into the public domain", "Unlicense"),
    ("this software is provided 'as-is', without any express or implied warranty", "Zlib"),
    ("boost software license - version 1.0", "BSL-1.0"),
    (
        "everyone is permitted to copy and distribute verbatim or modified copies of this license document, and changing it",
        "WTFPL",
    ),
];

/// Identifiers and short names that may be all of a text.
const NAMES: [(&str, &str, LicenceClass); 40] = [
    ("mit", "MIT", Permissive),
    ("mit license", "MIT", Permissive),
    ("the mit license", "MIT", Permissive),
    ("mit-0", "MIT-0", Permissive),
    ("isc", "ISC", Permissive),
    ("apache", "Apache", Permissive),
    ("apache 2.0", "Apache-2.0", Permissive),
    ("apache-2.0", "Apache-2.0", Permissive),
    ("apache license 2.0", "Apache-2.0", Permissive),
    ("bsd", "BSD", Permissive),
    ("bsd-2-clause", "BSD-2-Clause", Permissive),
    ("bsd-3-clause", "BSD-3-Clause", Permissive),
    ("cc0-1.0", "CC0-1.0", Permissive),
    ("cc-by-4.0", "CC-BY-4.0", Permissive),
    ("cc-by-3.0", "CC-BY-3.0", Permissive),
    ("unlicense", "Unlicense", Permissive),
    ("cc-by-sa-4.0", "CC-BY-SA-4.0", Copyleft),
    ("cc-by-sa-3.0", "CC-BY-SA-3.0", Copyleft),
    ("gpl-2.0", "GPL-2.0", Copyleft),
    ("gpl-3.0", "GPL-3.0", Copyleft),
    ("lgpl-2.1", "LGPL-2.1", Copyleft),
    ("lgpl-3.0", "LGPL-3.0", Copyleft),
    ("agpl-3.0", "AGPL-3.0", Copyleft),
    ("mpl-2.0", "MPL-2.0", Copyleft),
    ("cc-by-nc-4.0", "CC-BY-NC-4.0", Restricted),
    ("cc-by-nc-sa-4.0", "CC-BY-NC-SA-4.0", Restricted),
    ("cc-by-nc-nd-4.0", "CC-BY-NC-ND-4.0", Restricted),
    ("cc-by-nd-4.0", "CC-BY-ND-4.0", Restricted),
    ("openrail++", "OpenRAIL++", Restricted),
    ("creativeml-openrail-m", "CreativeML OpenRAIL-M", Restricted),
    ("bigscience-bloom-rail-1.0", "BigScience RAIL", Restricted),
    ("bigcode-openrail-m", "BigCode OpenRAIL-M", Restricted),
    ("gemma", "Gemma Terms of Use", Restricted),
    ("llama2", "Llama 2 Community", Restricted),
    ("llama3", "Llama 3 Community", Restricted),
    ("llama3.1", "Llama 3.1 Community", Restricted),
    ("llama3.2", "Llama 3.2 Community", Restricted),
    ("llama3.3", "Llama 3.3 Community", Restricted),
    ("llama4", "Llama 4 Community", Restricted),
    ("deepseek", "DeepSeek", Restricted),
];

pub(super) fn classify(text: &str) -> Licence {
    let text = plain(&text[..text.floor_char_boundary(READ)]);
    let of = |class, name: String| Licence { class, name };
    if let Some((_, name, class)) = NAMES.iter().find(|(id, ..)| is_name(&text, id)) {
        return of(*class, (*name).to_owned());
    }
    if let Some((_, name)) = RESTRICTED.iter().find(|(title, _)| text.contains(title)) {
        return of(Restricted, (*name).to_owned());
    }
    if let Some(licence) = creative_commons(&text).filter(|licence| licence.class == Restricted) {
        return licence;
    }
    if LIMITS.iter().any(|limit| text.contains(limit)) {
        return of(Restricted, String::new());
    }
    let title = &text[..text.floor_char_boundary(TITLE)];
    if let Some((found, name)) = COPYLEFT.iter().find(|(found, _)| title.contains(found)) {
        return of(Copyleft, versioned(name, after(title, found)));
    }
    creative_commons(&text).or_else(|| permissive(&text, title)).unwrap_or_default()
}

/// Lower case, one blank for any, typographic signs made plain, and without the comment marks that some texts stand in.
fn plain(text: &str) -> String {
    let text = text.to_lowercase().replace(['’', '‘', '`'], "'").replace(['–', '—', '‑'], "-").replace(['“', '”'], "\"");
    let text = text.replace("licence", "license").replace("european union public license", "european union public licence");
    text.split(|c: char| c.is_whitespace() || matches!(c, '*' | '#'))
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Whether the text is the identifier alone, as one may say it.
fn is_name(text: &str, id: &str) -> bool {
    let text = text.trim_end_matches('.').trim_start_matches("license: ").trim_start_matches("spdx-license-identifier: ");
    let text = text.strip_suffix("-only").or_else(|| text.strip_suffix("-or-later")).unwrap_or(text);
    text == id
}

/// The licences of Creative Commons, by their titles or addresses at the beginning.
fn creative_commons(text: &str) -> Option<Licence> {
    let title = &text[..text.floor_char_boundary(TITLE)];
    if title.contains("cc0 1.0") || title.contains("publicdomain/zero/1.0") {
        return Some(Licence { class: Permissive, name: "CC0-1.0".to_owned() });
    }
    let named = title.split_once("creative commons attribution").or_else(|| {
        // `Attribution-NonCommercial 4.0 International` as a line of its own.
        title.strip_prefix("attribution").map(|rest| ("", rest)).filter(|(_, rest)| rest.contains("international"))
    });
    let conditions = match named {
        Some((_, rest)) => rest,
        None => title.split_once("creativecommons.org/licenses/by").or_else(|| title.split_once("cc-by"))?.1,
    };
    // The conditions are joined to the title by hyphens, or stand apart; the number of the version ends them.
    let end = conditions.find(|c: char| c.is_ascii_digit()).unwrap_or(conditions.len()).min(60);
    let joined = &conditions[..conditions.floor_char_boundary(end)];
    let has = |long: &str, short: &str| joined.contains(long) || joined.split(['-', '/', ' ']).any(|part| part == short);
    let (nc, sa) = (
        has("noncommercial", "nc") || joined.contains("non-commercial"),
        has("sharealike", "sa") || joined.contains("share-alike"),
    );
    let nd = has("noderiv", "nd") || joined.contains("no-deriv");
    let class = match (nc || nd, sa) {
        (true, _) => Restricted,
        (false, true) => Copyleft,
        (false, false) => Permissive,
    };
    let mut name = "CC-BY".to_owned();
    for (set, part) in [(nc, "-NC"), (sa, "-SA"), (nd, "-ND")] {
        name.push_str(if set { part } else { "" });
    }
    Some(Licence { class, name: versioned(&name, conditions) })
}

fn permissive(text: &str, title: &str) -> Option<Licence> {
    let of = |name: &str| Some(Licence { class: Permissive, name: name.to_owned() });
    if let Some((_, name)) = PERMISSIVE.iter().find(|(words, _)| text.contains(words)) {
        return of(name);
    }
    if text.contains("redistribution and use in source and binary forms, with or without modification, are permitted") {
        return of(if text.contains("neither the name") { "BSD-3-Clause" } else { "BSD-2-Clause" });
    }
    // At the very beginning, so that a text that only speaks of it does not count.
    const FIRST_WORDS: usize = 40;
    let first = &title[..title.floor_char_boundary(FIRST_WORDS)];
    let begins = |name: &str| first.find(name).is_some_and(|at| !first[..at].contains("not") && !first[..at].contains("no "));
    if begins("apache license") && title.contains("version 2.0") {
        return of("Apache-2.0");
    }
    let licensed = "licensed under the apache license, version 2.0 (the \"license\")";
    if title.contains(licensed) || title.starts_with("apache license 2.0") {
        return of("Apache-2.0");
    }
    None
}

fn after<'a>(text: &'a str, found: &str) -> &'a str {
    text.split_once(found).map_or("", |(_, rest)| rest)
}

/// `name` with the number of the version that `rest` begins with: `version 3, 29 June 2007`, ` 4.0 international`.
fn versioned(name: &str, rest: &str) -> String {
    let near = &rest[..rest.floor_char_boundary(60)];
    let Some(at) = near.find(|c: char| c.is_ascii_digit()) else { return name.to_owned() };
    let number: String = near[at..].chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    let number = number.trim_end_matches('.');
    if number.contains('.') { format!("{name}-{number}") } else { format!("{name}-{number}.0") }
}

#[cfg(test)]
mod tests;
