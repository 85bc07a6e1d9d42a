//! Beginnings of licences, as servers give them, and texts that are none.

use super::*;

const MIT: &str =
    "Copyright (c) Someone\n\nPermission is hereby granted, free of charge, to any person obtaining a copy\nof this software";

/// Every row's text is a licence of the class and name of its second column.
fn all(rows: &[(&str, &str)]) {
    for (text, want) in rows {
        let licence = Licence::of_text(text);
        assert_eq!(format!("{} {}", licence.class.word(), licence.name), *want, "{text:?}");
    }
}

#[test]
fn permissive_ones() {
    all(&[
        (
            "                                 Apache License\n                           Version 2.0, January 2004\n",
            "permissive Apache-2.0",
        ),
        ("Apache License\nVersion 2.0, January 2004\nhttp://www.apache.org/licenses/\n", "permissive Apache-2.0"),
        ("Licensed under the Apache License, Version 2.0 (the \"License\");", "permissive Apache-2.0"),
        ("apache-2.0", "permissive Apache-2.0"),
        ("License: Apache 2.0", "permissive Apache-2.0"),
        (MIT, "permissive MIT"),
        (&format!("MIT License\n\n{MIT}"), "permissive MIT"),
        (&format!("Microsoft.\n{MIT}"), "permissive MIT"),
        ("MIT", "permissive MIT"),
        (
            "BSD 3-Clause\nRedistribution and use in source and binary forms, with or without\nmodification, are permitted provided: \
             Neither the name of",
            "permissive BSD-3-Clause",
        ),
        (
            "Redistribution and use in source and binary forms, with or without modification, are permitted provided that",
            "permissive BSD-2-Clause",
        ),
        ("Attribution 4.0 International\n\n====\nCreative Commons Corporation", "permissive CC-BY-4.0"),
        ("Creative Commons Attribution 4.0 International Public License", "permissive CC-BY-4.0"),
        ("https://creativecommons.org/licenses/by/4.0/", "permissive CC-BY-4.0"),
        ("CC0 1.0 Universal", "permissive CC0-1.0"),
        ("This is free and unencumbered software released into the public domain.", "permissive Unlicense"),
    ]);
}

#[test]
fn copyleft_ones() {
    all(&[
        ("GNU GENERAL PUBLIC LICENSE\nVersion 3, 29 June 2007\n", "copyleft GPL-3.0"),
        ("GNU GENERAL PUBLIC LICENSE\nVersion 2, June 1991", "copyleft GPL-2.0"),
        ("GNU AFFERO GENERAL PUBLIC LICENSE\nVersion 3, 19 November 2007", "copyleft AGPL-3.0"),
        ("GNU LESSER GENERAL PUBLIC LICENSE\nVersion 2.1, February 1999\n the GNU General Public License", "copyleft LGPL-2.1"),
        ("Mozilla Public License Version 2.0", "copyleft MPL-2.0"),
        ("Creative Commons Attribution-ShareAlike 4.0 International", "copyleft CC-BY-SA-4.0"),
        ("cc-by-sa-4.0", "copyleft CC-BY-SA-4.0"),
        ("gpl-3.0-or-later", "copyleft GPL-3.0"),
    ]);
}

#[test]
fn restricted_ones() {
    all(&[
        ("LLAMA 2 COMMUNITY LICENSE AGREEMENT\t\nLlama 2 Version Release Date: July 18, 2023", "restricted Llama 2 Community"),
        ("META LLAMA 3 COMMUNITY LICENSE AGREEMENT\n\nMeta Llama 3 Version", "restricted Llama 3 Community"),
        ("LLAMA 3.1 COMMUNITY LICENSE AGREEMENT", "restricted Llama 3.1 Community"),
        ("**Llama 3.2** **Community License Agreement**", "restricted Llama 3.2 Community"),
        ("LLAMA 3.3 COMMUNITY LICENSE AGREEMENT", "restricted Llama 3.3 Community"),
        ("LLAMA 4 COMMUNITY LICENSE AGREEMENT", "restricted Llama 4 Community"),
        ("Gemma Terms of Use\n\nLast modified: February 21, 2024", "restricted Gemma Terms of Use"),
        ("Tongyi Qianwen LICENSE AGREEMENT\n\nTongyi Qianwen Release Date", "restricted Tongyi Qianwen"),
        ("Qwen RESEARCH LICENSE AGREEMENT", "restricted Qwen Research"),
        ("Qwen LICENSE AGREEMENT", "restricted Qwen"),
        ("DEEPSEEK LICENSE AGREEMENT\n\nVersion 1.0, 23 October 2023", "restricted DeepSeek"),
        ("# Mistral AI Research License\n\nIf You want to use", "restricted Mistral Research (MRL)"),
        ("Mistral AI Non-Production License", "restricted Mistral Non-Production (MNPL)"),
        ("Falcon 180B TII License Version 1.0", "restricted Falcon 180B TII"),
        ("TII Falcon LLM License Version 1.0", "restricted TII Falcon"),
        ("BigCode OpenRAIL-M v1 License Agreement", "restricted BigCode OpenRAIL-M"),
        ("BigScience RAIL License v1.0", "restricted BigScience RAIL"),
        ("Yi Series Models Community License Agreement", "restricted Yi Series"),
        ("NVIDIA Open Model License Agreement", "restricted NVIDIA Open Model"),
        ("STABILITY AI COMMUNITY LICENSE AGREEMENT", "restricted Stability AI Community"),
        ("MICROSOFT RESEARCH LICENSE TERMS", "restricted Microsoft Research"),
        ("Creative Commons Attribution-NonCommercial 4.0 International\n\nC4AI Acceptable Use", "restricted CC-BY-NC-4.0"),
        ("Attribution-NonCommercial-ShareAlike 4.0 International", "restricted CC-BY-NC-SA-4.0"),
        ("https://creativecommons.org/licenses/by-nc-nd/4.0/", "restricted CC-BY-NC-ND-4.0"),
        ("cc-by-nc-4.0", "restricted CC-BY-NC-4.0"),
        (&format!("Modified MIT License\n{MIT}"), "restricted Modified MIT"),
        // More than one: the least open.
        ("Apache License\nVersion 2.0\n\nand the Gemma Terms of Use", "restricted Gemma Terms of Use"),
        (&format!("{MIT}\n\n\"Commons Clause\" License Condition v1.0"), "restricted "),
        ("Our licence. For non-commercial use by people with fewer than 700 million monthly active users.", "restricted "),
    ]);
}

#[test]
fn no_guess_that_everything_is_allowed() {
    all(&[
        ("", "unknown "),
        ("A licence.", "unknown "),
        ("This model is not licensed under the MIT license.", "unknown "),
        ("Not under the Apache License Version 2.0 but our own.", "unknown "),
        ("See LICENSE. Parts of the tools are Apache License, Version 2.0 software; the weights are not.", "unknown "),
        ("All rights reserved.", "unknown "),
        ("permissive", "unknown "),
        ("Based on mit research", "unknown "),
    ]);
}

#[test]
fn a_huge_text_is_no_trouble() {
    let text = format!("Apache License\nVersion 2.0\n{}", "é word ".repeat(500_000));
    assert_eq!(Licence::of_text(&text).name, "Apache-2.0");
}
