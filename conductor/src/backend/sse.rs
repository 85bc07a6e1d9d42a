//! Server-sent events as they come off the network: bytes in, whole events out. Format: the HTML standard, section 9.2.
//!
//! What must stay true: how the network cut the bytes makes no difference to the events; a line is decoded only when it is
//! whole, so that a character split over two reads is not lost; an event that never ends fills no memory; the time spent is
//! linear in the bytes fed. The decoders that others publish have no limit, and move the rest of the buffer at each line.

use std::collections::VecDeque;

/// The longest event accepted, in bytes: its lines together.
pub(crate) const EVENT_CAP: usize = 1024 * 1024;

/// An event is longer than the cap. Nothing after it is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an event is longer than {cap} bytes")]
pub(crate) struct EventTooLong {
    cap: usize,
}

/// A whole event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Event {
    /// `event`; empty where there was none, which the standard calls `message`.
    pub(crate) name: String,
    /// `data`, the lines of it joined by newlines.
    pub(crate) data: String,
}

/// Cuts bytes into events. Take events until there is none after each [`feed`](Self::feed).
#[derive(Debug)]
pub(crate) struct Decoder {
    cap: usize,
    /// The line that has not ended yet.
    line: Vec<u8>,
    /// The last line ended in a return; a newline right after it is of the same end.
    after_return: bool,
    /// No line has ended yet: a byte order mark may come.
    first: bool,
    /// The event that has not ended yet, and whether it has data.
    event: Event,
    has_data: bool,
    whole: VecDeque<Event>,
    /// It was too long.
    broken: bool,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::with_cap(EVENT_CAP)
    }
}

impl Decoder {
    /// A decoder that accepts events of up to `cap` bytes.
    pub(crate) fn with_cap(cap: usize) -> Self {
        let (line, event, whole) = (Vec::new(), Event::default(), VecDeque::new());
        Self { cap, line, after_return: false, first: true, event, has_data: false, whole, broken: false }
    }

    /// Adds what one read brought.
    pub(crate) fn feed(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() && !self.broken {
            if std::mem::take(&mut self.after_return) && bytes[0] == b'\n' {
                bytes = &bytes[1..];
                continue;
            }
            let end = bytes.iter().position(|b| matches!(b, b'\n' | b'\r'));
            let part = &bytes[..end.unwrap_or(bytes.len())];
            if self.line.len() + part.len() + self.event.data.len() > self.cap {
                self.broken = true;
                return;
            }
            self.line.extend_from_slice(part);
            let Some(end) = end else { return };
            self.after_return = bytes[end] == b'\r';
            bytes = &bytes[end + 1..];
            self.end_line();
        }
    }

    /// The next whole event with data; `None` until more is fed.
    ///
    /// # Errors
    /// [`EventTooLong`], after all events before it.
    pub(crate) fn next_event(&mut self) -> Result<Option<Event>, EventTooLong> {
        match self.whole.pop_front() {
            None if self.broken => Err(EventTooLong { cap: self.cap }),
            event => Ok(event),
        }
    }

    /// The last event, where the stream ended without a blank line after it. The standard drops such a one; servers that
    /// leave the last newline out are more common than streams cut off there, and what is said in it still has to be whole.
    pub(crate) fn finish(&mut self) -> Option<Event> {
        if !self.line.is_empty() {
            self.end_line();
        }
        self.end_event();
        self.whole.pop_front()
    }

    fn end_line(&mut self) {
        let mut bytes = std::mem::take(&mut self.line);
        if std::mem::take(&mut self.first) && bytes.starts_with(&[0xef, 0xbb, 0xbf]) {
            bytes.drain(..3);
        }
        let line = String::from_utf8_lossy(&bytes);
        if line.is_empty() {
            self.end_event();
        } else if let (field, value) = line.split_once(':').unwrap_or((&line, ""))
            && !field.is_empty()
        {
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "event" => value.clone_into(&mut self.event.name),
                "data" => {
                    if std::mem::replace(&mut self.has_data, true) {
                        self.event.data.push('\n');
                    }
                    self.event.data.push_str(value);
                }
                // `id` and `retry` are for those who connect again.
                _ => {}
            }
        }
        // The room of the line is used again.
        bytes.clear();
        self.line = bytes;
    }

    fn end_event(&mut self) {
        let event = std::mem::take(&mut self.event);
        if std::mem::take(&mut self.has_data) {
            self.whole.push_back(event);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// All events of `input` when it comes in pieces that end at `cuts`; true where one was too long.
    fn events(input: &[u8], cuts: &[usize], cap: usize) -> (Vec<(String, String)>, bool) {
        let mut cuts: Vec<usize> = cuts.iter().map(|c| c % (input.len() + 1)).collect();
        cuts.extend([0, input.len()]);
        cuts.sort_unstable();
        let (mut decoder, mut found) = (Decoder::with_cap(cap), Vec::new());
        for piece in cuts.windows(2) {
            decoder.feed(&input[piece[0]..piece[1]]);
            loop {
                match decoder.next_event() {
                    Ok(Some(event)) => found.push((event.name, event.data)),
                    Ok(None) => break,
                    Err(_) => return (found, true),
                }
            }
        }
        found.extend(decoder.finish().map(|event| (event.name, event.data)));
        (found, false)
    }

    #[test]
    fn known_inputs() {
        for (input, want) in [
            ("", vec![]),
            ("data: a\n\ndata:b\n\n", vec![("", "a"), ("", "b")]),
            ("data: a\r\n\r\ndata: b\r\rdata: c\n\n", vec![("", "a"), ("", "b"), ("", "c")]),
            ("event: x\ndata: 狐\ndata: 狸\nid: 1\nretry: 2\nnew: 3\n\n", vec![("x", "狐\n狸")]),
            (": OPENROUTER PROCESSING\n\n:\n\ndata: a\n\n", vec![("", "a")]),
            ("event: x\n\ndata: a\n\n", vec![("", "a")]),
            ("\u{feff}data: a\n\n", vec![("", "a")]),
            ("data\n\ndata:\n\n", vec![("", ""), ("", "")]),
            ("data:  a \n\n", vec![("", " a ")]),
            ("data: a", vec![("", "a")]),
            ("data: a\n", vec![("", "a")]),
            ("\n\n\ndata: a:b\n\n\n", vec![("", "a:b")]),
        ] {
            let want: Vec<_> = want.into_iter().map(|(n, d)| (n.to_owned(), d.to_owned())).collect();
            for cut in 0..=input.len() {
                assert_eq!(events(input.as_bytes(), &[cut], EVENT_CAP), (want.clone(), false), "{input:?} cut at {cut}");
            }
        }
    }

    #[test]
    fn what_never_ends_is_too_long() {
        for (input, before) in [("data: 12345678\n\n", 0), ("data: 1\n\ndata: 2\ndata: 3\ndata: 4\ndata: 5\ndata: 6\n", 1)] {
            let (found, too_long) = events(input.as_bytes(), &[], 13);
            assert_eq!((found.len(), too_long), (before, true), "{input:?}");
        }
        let mut decoder = Decoder::with_cap(3);
        decoder.feed(b"1234");
        decoder.feed(b"\n\ndata\n\n");
        assert_eq!(decoder.next_event(), Err(EventTooLong { cap: 3 }));
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same_events(
            input in prop::collection::vec(prop_oneof![Just(b'\n'), Just(b'\r'), Just(b':'), Just(b' '), any::<u8>()], 0..300),
            words in prop::collection::vec(prop_oneof![Just("data:"), Just("event:"), Just("\n\n"), Just("\r\n"), Just("狐")], 0..40),
            cuts in prop::collection::vec(any::<usize>(), 0..40),
            cap in 1_usize..80,
        ) {
            for input in [input, words.concat().into_bytes()] {
                prop_assert_eq!(events(&input, &cuts, cap), events(&input, &[], cap));
            }
        }
    }
}
