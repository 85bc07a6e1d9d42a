//! The words of every kind of mistake.

use super::said;
use crate::config::walk::Scope;
use crate::config::*;

#[test]
fn probe() {
    for text in [
        "[routing]\ncode_keyword = []",
        "[default]\ncode=\"x\"",
        "[banana]",
        "code = \"x\"",
        "cdoe = \"x\"",
        "x = 1",
        "[ui]\nquick_ms = 1",
        "[ui]\nzzzzzz=1",
        "defaults = 3",
        "[models]\nid=1",
        "models = [1]",
        "[[models]]\nbackend = \"olama\"",
        "[[models]]\nid=\"a\"\n[[models]]\nid=\"a:latest\"",
        "[[models]]\nid=\"a\"\nstrength=[]",
        "[timeouts]\nquick_ms = \"fast\"",
        "[timeouts]\nquick_ms = 0\nstall = 60\nconnect = \"60x\"\nfirst_token = \"0s\"\nfirst_token_resident = \"1441m\"",
        "[ollama]\nnum_ctx = 100\nnum_predict=0\nhost=\"ftp://x\"",
        "[defaults]\ncode = \" \"\nmath=\"deep\"\nquick=\"a b\"",
        "[fallbacks]\ncode=[\"deep\",\"code\"]\nmath=[\"depe\"]\nquick=[\"tools\"]\ndeep=\"general\"\ngeneral=[1]",
        "[privacy]\ndefault_location=\"cloud\"",
        "[log]\nlevel=\"inof\"",
        "[[models]]\nid=\"a\"\ncost_tier=\"cheap\"\nstrengths=[\"maths\",\"x\"]\navg_tokens_per_sec=0\nmax_context=100000000000000000000",
        "[routing]\ncode_keywords=[\"\"]",
    ] {
        println!("=== {text:?}\n{}", said(Scope::User, text));
    }
    for text in ["[privacy]\nallow_external=true\n[[models]]\nid=\"x\"", "[defualts]", "host = \"x\""] {
        println!("=== PROJECT {text:?}\n{}", said(Scope::Project, text));
    }
    let p = |a: &[(&str, &str)]| a.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect::<Vec<_>>();
    let e = check(&Layers {
        env: p(&[
            ("SEGNO_DEFAULT_CODE", "x"),
            ("SEGNO_BANANA", "x"),
            ("SEGNO_TIMEOUTS_QUICK_MS", "soon"),
            ("SEGNO_UI_MOUSE", "1"),
            ("SEGNO_ROUTING_CODE_KEYWORDS", "[x"),
            ("SEGNO_OLLAMA_NUM_CTX", "5"),
            ("SEGNO_FALLBACKS_CODE", "code"),
        ]),
        flags: p(&[
            ("defaults.cod", "x"),
            ("models.x", "y"),
            ("ui.zzzzzz", "1"),
            ("x", "1"),
            ("defaults.code", ""),
            ("timeouts.stall", "3"),
        ]),
        ..Layers::default()
    });
    println!("{}", ConfigErrors(e));
}

#[test]
fn what_stands_twice_names_the_line_of_the_first() {
    for (text, words) in [
        ("[ui]\nmouse = true\n\n[ollama]\n[ui] # again\n", "`ui` stands here for the second time; the first is in line 1"),
        ("[ui]\nmouse = true\ntitle = true\nmouse = false\n", "`mouse` stands here for the second time; the first is in line 2"),
    ] {
        let said = said(Scope::User, text);
        assert!(said.contains(words), "{said}");
    }
}
