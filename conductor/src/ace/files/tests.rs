//! Files written and read.

use super::*;
use crate::ace::testing::{book, bullet, key};
use crate::domain::{MessageId, Provenance, Stage};

fn two() -> Playbook {
    let mut bullets = [bullet(1, Stage::Prod, "Ünits \"first\""), bullet(2, Stage::Quarantine, "Second")];
    bullets[0].counts.helpful = 3;
    (bullets[0].created_ms, bullets[0].updated_ms) = (1_767_225_600_123, 1_767_225_601_000);
    bullets[0].pinned = true;
    bullets[1].provenance = Provenance::Chat { message: MessageId(4) };
    bullets[1].text.section = "Another".to_owned();
    book(bullets)
}

#[test]
fn what_was_written_is_read_as_it_was() {
    let mut book = two();
    book.off = true;
    let bullets: Vec<Bullet> = book.bullets.values().cloned().collect();
    let json = from_json(&to_json(&book), 7).unwrap();
    assert_eq!((json.key, json.off, &json.bullets), (Some(key()), true, &bullets));
    assert_eq!(json.map, [("errors-00001".to_owned(), BulletId(1)), ("another-00002".to_owned(), BulletId(2))].into());
    let lines = from_jsonl(&to_jsonl(&book), 7).unwrap();
    assert_eq!((lines.key, lines.bullets), (None, bullets));
    assert_eq!(to_jsonl(&book).lines().count(), 2);
    let value: serde_json::Value = serde_json::from_str(&to_json(&book)).unwrap();
    assert_eq!(value["bullets"]["errors-00001"]["created_at"], "2026-01-01T00:00:00.123Z");
    assert_eq!((&value["sections"]["Another"][0], &value["next_id"]), (&"another-00002".into(), &3.into()));
}

#[test]
fn files_of_others_are_read_with_defaults() {
    let text = r#"{"bullets": {"common-00007": {"id": "common-00007", "section": "common", "content": "A", "helpful": 2, "harmful": 0,
        "neutral": 0, "created_at": "2025-10-01T12:00:00.5+00:00", "updated_at": "2025-10-01 12:00:00", "embedding": [0.1]},
        "common-00009": {"content": "B"}}, "sections": {"common": ["common-00007"]}, "next_id": 9}"#;
    let read = from_json(text, 7).unwrap();
    let first = &read.bullets[0];
    assert_eq!((first.id, first.stage, first.counts.helpful), (BulletId(1), Stage::Shadow, 2));
    assert_eq!((first.created_ms, first.updated_ms), (1_759_320_000_500, 1_759_320_000_000));
    assert_eq!((read.bullets[1].created_ms, read.bullets[1].text.section.as_str()), (7, ""));
    assert_eq!(read.map["common-00009"], BulletId(2));
    let list = from_json(r#"{"bullets": [{"id": 5, "content": "A"}, {"id": null, "content": "B"}]}"#, 7).unwrap();
    assert_eq!((list.bullets.len(), list.map), (2, [("5".to_owned(), BulletId(1))].into()));
}

#[test]
fn what_is_of_another_type_is_an_error_with_its_line() {
    for (text, error) in [
        ("{\n\"bullets\": 3}", "line 2: invalid type: integer `3`, expected bullets, by name or as a list"),
        ("{\n\"bullets\": [\n{\"content\": \"A\", \"helpful\": -1}]}", "line 3: invalid value: integer `-1`, expected u32"),
        ("{\"bullets\": [\n{\"content\": 7}]}", "line 2: invalid type: integer `7`, expected a string"),
        ("{\"bullets\": [\n\n{\"section\": \"A\"}]}", "line 3: missing field `content`"),
        ("{\"bullets\": [{\"content\": \"A\",\n\"created_at\": \"soon\"}]}", "line 2: \"soon\" is no time in ISO 8601"),
        ("{\"bullets\": [", "line 1: EOF while parsing a list"),
        ("{}", "line 1: missing field `bullets`"),
        ("{\"key\": {\"base\": \"A B\", \"family\": \"x\"}, \"bullets\": []}", "line 1: kind of task \"A B\" is no name"),
    ] {
        let found = from_json(text, 7).unwrap_err().to_string();
        assert!(found.starts_with(error), "{text}: {found}");
    }
    let lines = "{\"content\": \"A\"}\n\n{\"content\": \"B\", \"stage\": \"great\"}\n";
    let found = from_jsonl(lines, 7).unwrap_err();
    assert!(found.line == 3 && found.what.starts_with("unknown variant `great`"), "{found}");
}

#[test]
fn playbooks_are_made_one_with_the_counts_added() {
    let (one, mut two) = (two(), two());
    two.key = crate::domain::PlaybookKey::new("code", "qwen", None).unwrap();
    two.bullets.get_mut(&BulletId(2)).unwrap().text.content = "Third".to_owned();
    let read = merge(&[&one, &two]);
    assert_eq!(read.bullets.iter().map(|bullet| bullet.id.0).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!((read.bullets[0].counts.helpful, read.map["code-qwen/errors-00001"]), (6, BulletId(1)));
    assert_eq!(read.map["code-qwen/another-00002"], BulletId(3));
}
