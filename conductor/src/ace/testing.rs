//! Playbooks for tests.

use crate::domain::{Bullet, BulletId, Counts, Playbook, PlaybookKey, Provenance, Stage, Text};

/// `math-qwen`.
pub(crate) fn key() -> PlaybookKey {
    PlaybookKey::new("math", "qwen", None).unwrap()
}

/// A bullet of the section `Errors`, with nothing observed.
pub(crate) fn bullet(id: u32, stage: Stage, content: &str) -> Bullet {
    Bullet {
        id: BulletId(id),
        text: Text { section: "Errors".to_owned(), content: content.to_owned() },
        counts: Counts::NONE,
        stage,
        pinned: false,
        provenance: Provenance::User,
        created_ms: i64::from(id),
        updated_ms: i64::from(id),
    }
}

/// The playbook of `bullets`.
pub(crate) fn book(bullets: impl IntoIterator<Item = Bullet>) -> Playbook {
    let mut book = Playbook::new(key());
    for bullet in bullets {
        book.next = book.next.max(bullet.id.0 + 1);
        book.bullets.insert(bullet.id, bullet);
    }
    book
}
