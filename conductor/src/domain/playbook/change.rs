//! What the user does to a playbook.

use super::bullet::BulletId;

/// One thing that the user does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserChange {
    /// A new bullet. It is in `staging` at once: the user vouches for it, and observations still have to bear it out.
    Add {
        /// Under which heading.
        section: String,
        /// The advice.
        content: String,
    },
    /// Other words. What was observed and the stage stay: the user says that it is the same advice.
    Edit {
        /// Which.
        id: BulletId,
        /// Another heading; `None` leaves it.
        section: Option<String>,
        /// The advice.
        content: String,
    },
    /// It goes.
    Remove {
        /// Which.
        id: BulletId,
    },
    /// What a model proposed goes on trial.
    Accept {
        /// Which.
        id: BulletId,
    },
    /// What a model proposed goes into quarantine, so that it is not proposed again.
    Refuse {
        /// Which.
        id: BulletId,
    },
    /// One stage up. From quarantine and the archive it comes back on trial.
    Promote {
        /// Which.
        id: BulletId,
    },
    /// One stage down; from trial into the archive, unless it is pinned.
    Demote {
        /// Which.
        id: BulletId,
    },
    /// It is kept whatever happens, or is not any more. One that is in no prompt comes into `staging` by it.
    Pin {
        /// Which.
        id: BulletId,
        /// Kept.
        pinned: bool,
    },
    /// The playbook is not used any more, or is again.
    Switch {
        /// Not used.
        off: bool,
    },
}
