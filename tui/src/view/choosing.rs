//! What can be done with a message that is chosen: in the line above the draft, and what has no place there in the last row.

use super::Hint;
use super::foot::fit_in_two;
use crate::app::App;
use crate::keymap::{Action, Mode};

/// The keys, in two rows of so many columns.
pub(super) fn keys(app: &App, columns: [usize; 2]) -> [String; 2] {
    let key = |action| app.settings.keymap.keys_of(Mode::Choosing, action).next().map(ToString::to_string);
    let does = |action, words: &str| key(action).map(|key| Hint::new(format!("{key} {words}")));
    let says =
        |action, long: &str, short: &str| key(action).map(|key| Hint::or(format!("{key} {long}"), format!("{key} {short}")));
    let versions = || {
        let (before, after) = (key(Action::VersionBefore)?, key(Action::VersionAfter)?);
        Some([Some(Hint::new(format!("{before} {after} versions"))), does(Action::Compare, "compares")])
    };
    let versions = Some(()).filter(|()| app.chosen_has_versions()).and_then(|()| versions());
    let entries = [Some(Hint::new("Esc back")), does(Action::CopyChosen, "copies")]
        .into_iter()
        .chain(versions.into_iter().flatten())
        .chain([
            does(Action::AskAgain, "asks again"),
            says(Action::Change, "changes the question", "changes"),
            does(Action::AskAnother, "asks another model"),
            says(Action::ForkHere, "forks a new conversation from here", "forks"),
            says(Action::Rate { good: true }, "rates it good", "good"),
            says(Action::Rate { good: false }, "rates it bad", "bad"),
        ]);
    fit_in_two(&entries.flatten().collect::<Vec<_>>(), &super::all_keys(app), columns)
}
