//! What the questions of the conversation are about, where the user says it.

use super::App;
use conductor::domain::Domain;
use std::time::Instant;

impl App {
    /// What they are about from now on.
    pub(super) fn domain_in_force(&mut self, domain: Option<Domain>, now: Instant) {
        self.room.domain = domain;
        let text = match &self.room.domain {
            Some(domain) => format!("questions here are about {domain}; the model is chosen as before"),
            None => "what a question is about is told by its words".to_owned(),
        };
        self.say(text, now);
    }

    pub(super) fn say_domain(&mut self, now: Instant) {
        let text = match &self.room.domain {
            Some(domain) => format!("domain: {domain}; /domain auto lets the words of each question tell"),
            None => "domain: auto, told by the words of each question; /domain NAME sets one".to_owned(),
        };
        self.say(text, now);
    }
}
