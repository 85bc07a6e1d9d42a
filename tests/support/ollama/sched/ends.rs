//! How loads and requests end, and what becomes of their models then.

use super::{Id, Keep, Scheduler, Why};

impl Scheduler {
    /// The load of this request is done.
    pub(in crate::ollama) fn is_loaded(&mut self, id: Id) {
        self.version += 1;
        if let Some(loaded) = self.loaded.values_mut().find(|loaded| loaded.requests.contains(&id)) {
            loaded.loading = false;
        }
    }

    /// The load of this request failed: nothing is left of it.
    pub(in crate::ollama) fn has_failed(&mut self, id: Id) {
        self.version += 1;
        self.loaded.retain(|_, loaded| !loaded.requests.contains(&id));
    }

    /// Whether this request has its turn with the model that it was given.
    pub(in crate::ollama) fn has_turn(&self, id: Id) -> bool {
        let place = self.loaded.values().find_map(|loaded| loaded.requests.iter().position(|request| *request == id));
        // Where the model was taken away, there is nobody to wait for.
        place.is_none_or(|place| place < self.limits.parallel())
    }

    /// A request is over, in whatever way.
    pub(in crate::ollama) fn release(&mut self, id: Id) {
        self.version += 1;
        self.pending.retain(|pending| *pending != id);
        let Some((name, loaded)) = self.loaded.iter_mut().find(|(_, loaded)| loaded.requests.contains(&id)) else { return };
        let name = name.clone();
        if loaded.loading {
            // Who loads takes the load along.
            self.loaded.remove(&name);
            if !self.down {
                *self.counts.aborted.entry(name).or_default() += 1;
            }
            return;
        }
        loaded.requests.retain(|request| *request != id);
        loaded.expires = loaded.keep.end();
        let idle = loaded.requests.is_empty() && !self.down;
        match loaded.makes_room_for.take_if(|_| idle) {
            Some(by) => self.leave(&name, Why::RoomFor(by)),
            None if idle && loaded.keep == Keep::NOT => self.leave(&name, Why::Asked),
            None => {}
        }
    }

    /// A client wants a model gone: at once, or as soon as it is idle. Nothing while it is loading: the real server waits.
    pub(in crate::ollama) fn unload(&mut self, name: &str) -> Option<()> {
        if self.down {
            return None;
        }
        match self.loaded.get_mut(name) {
            Some(loaded) if loaded.loading => return None,
            Some(loaded) if !loaded.requests.is_empty() => {
                loaded.keep = Keep::NOT;
                self.version += 1;
            }
            _ => self.leave(name, Why::Asked),
        }
        Some(())
    }
}
