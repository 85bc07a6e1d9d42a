//! What is understood of a curator's JSON, and what is not.

use super::*;
use serde_json::json;

/// What becomes of one operation: itself, or the reason in words.
fn one(operation: Value) -> Result<Vec<Operation>, String> {
    let read = Proposal::read(&json!({"operations": [operation]})).unwrap();
    match read.rejects.first() {
        Some(reject) => Err(reject.reason.to_string()),
        None => Ok(read.operations.into_iter().map(|(_, operation)| operation).collect()),
    }
}

fn tag(tag: Tag, n: u32) -> Operation {
    Operation::Tag { id: "e-1".to_owned(), tag, n }
}

#[test]
fn operations_are_read_in_all_their_forms() {
    let add = Operation::Add { section: "S".to_owned(), content: "C".to_owned() };
    for (json, operations) in [
        (json!({"type": "ADD", "section": "S", "content": "C"}), vec![add.clone()]),
        (json!({"type": "add", "section": "S", "content": "C", "bullet_id": "mine-00001"}), vec![add.clone()]),
        (json!({"op": "Add", "section": "S", "content": "C", "metadata": {"helpful": 0}}), vec![add]),
        (
            json!({"type": "Update", "id": "e-1", "content": "C"}),
            vec![Operation::Update { id: "e-1".into(), content: "C".into() }],
        ),
        (json!({"type": "REMOVE", "bullet_id": 12}), vec![Operation::Remove { id: "12".into() }]),
        (json!({"type": "TAG", "bullet_id": "e-1", "tag": "Helpful"}), vec![tag(Tag::Helpful, 1)]),
        (json!({"type": "TAG", "bullet_id": "e-1", "tag": "harmful", "n": 2}), vec![tag(Tag::Harmful, 2)]),
        (json!({"type": "TAG", "bullet_id": "e-1", "tag": "neutral", "count": 3}), vec![tag(Tag::Neutral, 3)]),
        (json!({"type": "TAG", "bullet_id": "e-1", "tag": {"helpful": 1}}), vec![tag(Tag::Helpful, 1)]),
        (json!({"type": "TAG", "bullet_id": "e-1", "helpful": 1, "harmful": 0}), vec![tag(Tag::Helpful, 1)]),
        (
            json!({"type": "TAG", "id": "e-1", "metadata": {"harmful": 1, "helpful": 2}}),
            vec![tag(Tag::Harmful, 1), tag(Tag::Helpful, 2)],
        ),
    ] {
        assert_eq!(one(json.clone()), Ok(operations), "{json}");
    }
}

#[test]
fn trap_01_what_cannot_be_is_rejected_alone_with_a_reason() {
    for (json, reason) in [
        (json!({"type": "REPLACE_ALL", "content": "C"}), "there is no operation called REPLACE_ALL"),
        (json!({"content": "C"}), "`type` is missing"),
        (json!("ADD"), "it is not written as a change"),
        (json!({"type": "ADD", "section": "S"}), "`content` is missing"),
        (json!({"type": "ADD", "section": 3, "content": "C"}), "`section` is no text"),
        (json!({"type": "ADD", "content": "C", "metadata": {"helpful": 50}}), "it sets counters; TAG alone counts"),
        (json!({"type": "ADD", "content": "C", "helpful": 50}), "it sets counters; TAG alone counts"),
        (
            json!({"type": "UPDATE", "bullet_id": "e-1", "content": "C", "metadata": {"harmful": -5}}),
            "it sets counters; TAG alone counts",
        ),
        (json!({"type": "UPDATE", "bullet_id": "e-1", "metadata": {}}), "`content` is missing"),
        (json!({"type": "UPDATE", "content": "C"}), "`bullet_id` is missing"),
        (json!({"type": "TAG", "bullet_id": "e-1"}), "`tag` is missing"),
        (json!({"type": "TAG", "bullet_id": "e-1", "tag": "great"}), "`tag` is none of helpful, harmful, neutral"),
        (json!({"type": "TAG", "bullet_id": "e-1", "tag": "helpful", "n": -1}), "the count is no whole number from 1 to 10"),
        (json!({"type": "TAG", "bullet_id": "e-1", "tag": "helpful", "n": 1e9}), "the count is no whole number from 1 to 10"),
        (json!({"type": "TAG", "bullet_id": "e-1", "tag": "helpful", "n": 0}), "the count is no whole number from 1 to 10"),
        (json!({"type": "TAG", "bullet_id": "e-1", "helpful": 1.5}), "the count is no whole number from 1 to 10"),
        (json!({"type": "TAG", "bullet_id": ["e-1"], "helpful": 1}), "`bullet_id` names no bullet"),
    ] {
        assert_eq!(one(json.clone()), Err(reason.to_owned()), "{json}");
        let beside = Proposal::read(&json!({"operations": [json, {"type": "REMOVE", "id": "e-2"}]})).unwrap();
        assert_eq!(beside.operations, [(1, Operation::Remove { id: "e-2".to_owned() })]);
        assert_eq!(beside.rejects.len(), 1);
    }
}

#[test]
fn an_answer_without_a_list_is_none_and_a_long_one_is_cut_openly() {
    for (json, why) in [
        (json!({}), "`operations` is missing"),
        (json!({"operations": "none"}), "`operations` is no list"),
        (json!(3), "the answer is no object"),
    ] {
        assert_eq!(Proposal::read(&json), Err(why.to_owned()));
    }
    let many: Vec<Value> = (0..MOST_OPERATIONS + 5).map(|n| json!({"type": "REMOVE", "id": n})).collect();
    let read = Proposal::read(&json!({"reasoning": "a\nb", "operations": many})).unwrap();
    assert_eq!((read.operations.len(), read.reasoning.as_str()), (MOST_OPERATIONS, "a b"));
    assert_eq!(read.rejects, [Reject { at: 200, reason: RejectReason::TooMany { most: 200 } }]);
}

#[test]
fn tags_of_a_reflector_are_read() {
    let json =
        json!({"bullet_tags": [{"id": "e-1", "tag": "helpful"}, {"id": "e-2", "tag": "so so"}, {"id": "e-1", "tag": "neutral"}]});
    let read = Proposal::read_tags(&json);
    assert_eq!(read.operations, [(0, tag(Tag::Helpful, 1)), (2, tag(Tag::Neutral, 1))]);
    assert_eq!(read.rejects.iter().map(|reject| reject.at).collect::<Vec<_>>(), [1]);
    assert_eq!(Proposal::read_tags(&json!({"bullet_tags": null})), Proposal::default());
}
