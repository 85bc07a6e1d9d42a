//! The draft in the user's editor.
//!
//! What must stay true: what is saved becomes the draft; where the editor failed, or nothing was changed, the draft is as it was.

use super::App;
use crate::composer::clean_paste;
use crate::editor::Fault;
use crate::msg::Effect;
use conductor::domain::Prompt;
use conductor::protocol::{Level, Notice};
use std::time::Instant;

impl App {
    /// Opens the editor on the draft, whole.
    pub(super) fn open_editor(&mut self, text: String) {
        self.popup = None;
        self.effect(Effect::Edit(text));
    }

    /// What came of it; `given` is what it was opened with.
    pub(super) fn edited(&mut self, given: &str, saved: Result<String, Fault>, now: Instant) {
        self.effect(Effect::Redraw);
        self.touch();
        let saved = match saved {
            Ok(saved) => saved,
            Err(Fault { what, hint }) => {
                let kept = if self.settings.plain { "nothing is asked" } else { "the draft is as it was" };
                let hint = if hint.is_empty() { kept.to_owned() } else { format!("{hint}; {kept}") };
                self.notice(&Notice { level: Level::Error, what, hint });
                return self.room.scroll.to_bottom();
            }
        };
        let mut text = clean_paste(&saved);
        // Editors end the last line.
        if text.ends_with('\n') && !given.ends_with('\n') {
            text.pop();
        }
        if text == given {
            return self.say("nothing was changed", now);
        }
        if self.composer.text() != given && self.composer.has_words() {
            // What came into the composer meanwhile is not lost.
            self.composer.take_words();
            self.composer.load_words(&Prompt::typed(text));
        } else {
            self.composer.replace(&text);
        }
        self.reopen_popup();
    }
}
