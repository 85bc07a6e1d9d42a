//! `segno history`: what is kept is listed, found, carried elsewhere and cleared.

use super::*;

#[test]
fn a_history_is_listed_exported_imported_and_cleared() {
    let fake = llama(Script::says("a red answer"));
    let profile = Profile::new();
    let segno = |args: &[&str]| finish(segno(&profile, &fake.host(), args).output().unwrap());
    let empty = segno(&["history", "list"]);
    assert_eq!((empty.code, empty.out.as_str()), (0, "There is no conversation.\n"), "{}", empty.err);
    assert_eq!(segno(&["ask", "what colour is Zanzibar?"]).code, 0);

    let listed = segno(&["history", "list"]);
    assert!(listed.out.contains("what colour is Zanzibar?") && listed.out.starts_with("1 "), "{}", listed.out);
    let found = segno(&["history", "search", "zanz", "--json"]);
    let hits: Value = serde_json::from_str(&found.out).unwrap();
    assert_eq!((hits[0]["conversation"]["id"].as_i64(), hits[0]["role"].as_str()), (Some(1), Some("user")), "{hits}");
    let first = segno(&["history", "search", "--limit", "1", "a"]);
    assert!(first.out.contains("(answer, ") && !first.out.contains("(you, "), "{}", first.out);
    assert!(first.err.contains("note: there may be more") && first.err.contains("`--before 2`"), "{}", first.err);
    let older = segno(&["history", "search", "--before", "2", "a"]);
    assert!(older.out.contains("(you, ") && !older.out.contains("(answer, ") && older.err.is_empty(), "{older:?}");
    assert_eq!(segno(&["history", "search", "\"* NEAR("]).out, "Nothing was found.\n");
    assert!(segno(&["history", "show", "1"]).out.contains("a red answer"));

    let path = profile.home().join("chat.json");
    let file = path.to_str().unwrap();
    let written = segno(&["history", "export", "1", file, "--format", "json"]);
    assert_eq!((written.code, written.err), (0, format!("note: wrote {file}\n")));
    let text = std::fs::read_to_string(&path).unwrap();
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions()) & 0o777, 0o600);
    let again = segno(&["history", "export", "1", file, "--format", "json"]);
    assert!(again.code == 1 && again.err.contains("is there already"), "{}", again.err);
    assert_eq!(segno(&["history", "export", "--all", file, "--force"]).code, 0);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    assert!(segno(&["history", "export", "1", "--format", "html"]).out.starts_with("<!doctype html>"));

    let imported = segno(&["history", "import", file, "--json"]);
    let list: Value = serde_json::from_str(&imported.out).unwrap_or_else(|_| panic!("{imported:?}"));
    assert_eq!(list[0]["id"].as_i64(), Some(2));
    std::fs::write(&path, text.replace("\"title\"", "\"titel\"")).unwrap();
    let broken = segno(&["history", "import", file]);
    assert!(broken.code == 1 && broken.err.starts_with("error: line 1: "), "{}", broken.err);

    assert_eq!(segno(&["history", "rename", "2", "another", "title"]).out, "renamed 2: another title\n");
    assert_eq!(segno(&["history", "delete", "2"]).out, "deleted 2: another title\n");
    assert!(segno(&["history", "list", "--deleted"]).out.starts_with("2 "));
    assert_eq!(segno(&["history", "restore", "2"]).out, "restored 2: another title\n");
    let asked = segno(&["history", "purge", "--all"]);
    assert!(asked.code == 1 && asked.err.contains("nothing was deleted") && asked.err.contains("another title"), "{}", asked.err);
    assert_eq!(segno(&["history", "purge", "--older-than", "5"]).out, "There is nothing to purge.\n");
    let one = segno(&["history", "purge", "2"]);
    assert!(one.code == 1 && one.err.contains("another title") && !one.err.contains("Zanzibar"), "{}", one.err);
    assert_eq!(segno(&["history", "purge", "2", "--yes"]).out, "1 conversation deleted for good\n");
    let none = segno(&["history", "purge", "2", "--yes"]);
    assert!(none.code == 1 && none.err.contains("there is no conversation 2"), "{}", none.err);
    assert_eq!(segno(&["history", "purge", "2", "--all"]).code, 2, "one or the other");
    assert_eq!(segno(&["history", "purge", "--all", "--yes"]).out, "1 conversation deleted for good\n");
    assert_eq!(segno(&["history", "list"]).out, "There is no conversation.\n");
    assert_eq!(segno(&["history", "purge"]).code, 2, "one has to say which");
}

#[test]
fn what_is_not_there_or_no_conversation_is_told_with_what_helps_in_a_shell() {
    let profile = Profile::new();
    let segno = |args: &[&str]| finish(super::segno(&profile, &nobody(), args).output().unwrap());
    for what in [&["show"][..], &["export"], &["delete"], &["restore"], &["rename"], &["purge", "--yes"]] {
        let title: &[&str] = if what == ["rename"] { &["a title"] } else { &[] };
        let unknown = segno(&[&["history"], what, &["99"], title].concat());
        let said = unknown.err.contains("there is no conversation 99") && unknown.err.contains("`segno history list`");
        assert!(unknown.code == 1 && said && !unknown.err.contains("/resume"), "{what:?}: {}", unknown.err);
    }
    let path = profile.home().join("notes.txt");
    std::fs::write(&path, "buy milk\n").unwrap();
    let notes = segno(&["history", "import", path.to_str().unwrap()]);
    let hint = "hint: nothing was imported; what `segno history export ID --format json` writes can be\n";
    assert_eq!((notes.code, notes.err), (1, format!("error: the file holds no JSON\n{hint}")));
}
