//! What the application is made with.
//!
//! What must stay true: plain values, read from the configuration and the terminal before the first frame.

use super::Notify;
use crate::keymap::Keymap;
use crate::view::theme::Theme;
use crate::words::Names;
use conductor::config::Config;
use conductor::domain::{ModelId, Slot};
use std::collections::HashSet;

/// What the application is made with.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The wheel scrolls.
    pub mouse: bool,
    /// The keys.
    pub keymap: Keymap,
    /// The screen.
    pub screen: Screen,
    /// Well-known names, for `/pull`.
    pub known: Vec<ModelId>,
    /// The models of the slots: those that may be chosen wherever they run.
    pub slots: Vec<ModelId>,
    /// Started to keep to this machine.
    pub offline: bool,
    /// What models are called, and the servers where there are several.
    pub names: Names,
    /// Questions are edited with the keys of vi.
    pub vim: bool,
    /// There is no screen: lines come in and lines go out.
    pub plain: bool,
}

/// How the screen looks, and what is done with the terminal around it.
#[derive(Debug, Clone)]
pub struct Screen {
    /// The styles.
    pub theme: Theme,
    /// It is drawn where the shell is, and the conversation is left there.
    pub inline: bool,
    /// Every glyph of our own is one of ASCII.
    pub ascii: bool,
    /// The terminal is told where links lead.
    pub links: bool,
    /// Time goes on in the status line.
    pub animations: bool,
    /// The terminal's window has a title that says whether an answer comes.
    pub title: bool,
    /// How the user is told of an answer that took long, where the terminal is not in front.
    pub notify: Notify,
    /// Seconds that the time of day is east of Greenwich.
    pub utc_offset_s: i32,
}

impl Default for Screen {
    fn default() -> Self {
        Self {
            theme: Theme::new(false),
            inline: false,
            ascii: false,
            links: true,
            animations: true,
            title: true,
            notify: Notify::Bell,
            utc_offset_s: 0,
        }
    }
}

impl Settings {
    /// From the configuration, with these keys and this screen.
    pub fn of(config: &Config, keymap: Keymap, screen: Screen, offline: bool) -> Self {
        let mut slots: Vec<ModelId> = Slot::ALL.iter().map(|slot| config.defaults.get(*slot).clone()).collect();
        let mut known = slots.clone();
        slots.extend(Slot::ALL.iter().flat_map(|slot| config.fallbacks.get(*slot)).map(|name| ModelId::new(name)));
        if config.privacy.force_local {
            slots.clear();
        }
        known.extend(config.models.iter().filter(|model| config.is_host(&model.backend)).map(|model| model.id.clone()));
        let mut seen = HashSet::new();
        known.retain(|id| seen.insert(id.clone()));
        Self {
            mouse: config.ui.mouse,
            keymap,
            screen,
            known,
            slots,
            offline,
            names: Names::of(config),
            vim: config.ui.editing == "vim",
            plain: false,
        }
    }
}
