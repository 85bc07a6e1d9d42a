//! Newline-delimited JSON as it comes off the network: bytes in, whole lines out.
//!
//! What must stay true: how the network cut the bytes makes no difference to the lines; a line is decoded only when it is
//! whole, so that a character split over two reads is not lost; a line that never ends fills no memory; the time spent is
//! linear in the bytes fed.

/// The longest line accepted, in bytes. Ollama itself writes lines of up to 8 MB.
pub const LINE_CAP: usize = 8 * 1024 * 1024;

/// A line is longer than the cap. Nothing after it is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a line is longer than {cap} bytes")]
pub struct LineTooLong {
    /// The cap, in bytes.
    pub cap: usize,
}

/// Cuts bytes into lines. Take lines until there is none after each [`feed`](Self::feed): what is not taken is kept.
#[derive(Debug)]
pub struct Decoder {
    cap: usize,
    buffer: Vec<u8>,
    /// Where the first line that was not taken begins.
    start: usize,
    /// Up to where there is no newline: bytes are looked at once, however often a long line is added to.
    scanned: usize,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::with_cap(LINE_CAP)
    }
}

impl Decoder {
    /// A decoder that accepts lines of up to `cap` bytes, the newline not counted.
    pub fn with_cap(cap: usize) -> Self {
        Self { cap, buffer: Vec::new(), start: 0, scanned: 0 }
    }

    /// Adds what one read brought.
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.start == self.buffer.len() {
            self.buffer.clear();
            self.start = 0;
            self.scanned = 0;
        } else if self.start > self.buffer.len() / 2 {
            // Less is moved than was taken since the last move, which keeps the whole linear.
            self.buffer.drain(..self.start);
            self.scanned -= self.start;
            self.start = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole line that is not blank, without its newline or CRLF; `None` until more is fed.
    ///
    /// # Errors
    /// [`LineTooLong`], as soon as the line is known to be, and at every later call.
    pub fn next_line(&mut self) -> Result<Option<&[u8]>, LineTooLong> {
        let line = loop {
            let newline = self.buffer[self.scanned..].iter().position(|b| *b == b'\n');
            let end = newline.map_or(self.buffer.len(), |at| self.scanned + at);
            if end - self.start > self.cap {
                // Neither `start` nor `scanned` moves, so the next call comes here again.
                return Err(LineTooLong { cap: self.cap });
            }
            if newline.is_none() {
                self.scanned = end;
                return Ok(None);
            }
            let line = self.start..end;
            self.start = end + 1;
            self.scanned = self.start;
            if !is_blank(&self.buffer[line.clone()]) {
                break line;
            }
        };
        Ok(Some(without_return(&self.buffer[line])))
    }

    /// The last line, where the stream ended without a newline after it. Call it when [`next_line`](Self::next_line) has
    /// no more.
    pub fn finish(&mut self) -> Option<&[u8]> {
        let rest = self.start..self.buffer.len();
        self.start = self.buffer.len();
        self.scanned = self.start;
        let rest = &self.buffer[rest];
        (!is_blank(rest)).then(|| without_return(rest))
    }
}

fn is_blank(line: &[u8]) -> bool {
    line.trim_ascii().is_empty()
}

fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::{Duration, Instant};

    /// All lines of `input` when it comes in pieces that end at `cuts`.
    fn lines(input: &[u8], cuts: &[usize], cap: usize) -> (Vec<Vec<u8>>, bool) {
        let mut cuts: Vec<usize> = cuts.iter().map(|c| c % (input.len() + 1)).collect();
        cuts.extend([0, input.len()]);
        cuts.sort_unstable();
        let (mut decoder, mut found) = (Decoder::with_cap(cap), Vec::new());
        for piece in cuts.windows(2) {
            decoder.feed(&input[piece[0]..piece[1]]);
            loop {
                match decoder.next_line() {
                    Ok(Some(line)) => found.push(line.to_vec()),
                    Ok(None) => break,
                    Err(_) => return (found, true),
                }
            }
        }
        found.extend(decoder.finish().map(<[u8]>::to_vec));
        (found, false)
    }

    #[test]
    fn known_inputs() {
        for (input, cap, want, too_long) in [
            ("", 9, vec![], false),
            ("a\nb\n", 9, vec!["a", "b"], false),
            ("a\r\n\r\n \n\nb", 9, vec!["a", "b"], false),
            ("狐\n狸", 9, vec!["狐", "狸"], false),
            (" a \n", 9, vec![" a "], false),
            ("ok\n123456789\n", 9, vec!["ok", "123456789"], false),
            ("ok\n1234567890\nno\n", 9, vec!["ok"], true),
            ("ok\n1234567890", 9, vec!["ok"], true),
        ] {
            let want: Vec<_> = want.into_iter().map(|l| l.as_bytes().to_vec()).collect();
            assert_eq!(lines(input.as_bytes(), &[], cap), (want, too_long), "{input:?}");
        }
    }

    #[test]
    fn a_line_that_is_too_long_stays_too_long() {
        let mut decoder = Decoder::with_cap(3);
        decoder.feed(b"1234");
        assert_eq!(decoder.next_line(), Err(LineTooLong { cap: 3 }));
        decoder.feed(b"\nok\n");
        assert_eq!(decoder.next_line(), Err(LineTooLong { cap: 3 }));
    }

    #[test]
    fn the_buffer_does_not_grow_with_the_stream() {
        let mut decoder = Decoder::default();
        for _ in 0..10_000 {
            decoder.feed(b"{\"message\":{\"content\":\"x\"}}\n{\"mes");
            assert!(decoder.next_line().is_ok_and(|l| l.is_some()));
            decoder.feed(b"sage\":1}\n");
            assert!(decoder.next_line().is_ok_and(|l| l.is_some()));
        }
        assert!(decoder.buffer.capacity() < 1024, "{}", decoder.buffer.capacity());
    }

    /// A megabyte in pieces of 64 bytes: a decoder that looks at the whole line again at each piece takes 8 billion steps.
    #[test]
    fn a_long_line_in_small_pieces_costs_linear_time() {
        let begun = Instant::now();
        let mut decoder = Decoder::default();
        for _ in 0..(1024 * 1024 / 64) {
            decoder.feed(&[b'x'; 64]);
            assert_eq!(decoder.next_line(), Ok(None));
        }
        decoder.feed(b"\n");
        assert!(decoder.next_line().is_ok_and(|l| l.is_some_and(|l| l.len() == 1024 * 1024)));
        assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same_lines(
            input in prop::collection::vec(prop_oneof![Just(b'\n'), Just(b'\r'), Just(b' '), any::<u8>()], 0..300),
            cuts in prop::collection::vec(any::<usize>(), 0..40),
            cap in 1_usize..40,
        ) {
            prop_assert_eq!(lines(&input, &cuts, cap), lines(&input, &[], cap));
        }

        #[test]
        fn text_comes_out_as_it_went_in(
            text in prop::collection::vec("\\PC{1,12}", 0..20),
            cuts in prop::collection::vec(any::<usize>(), 0..40),
        ) {
            let wanted: Vec<_> = text.iter().filter(|l| !l.trim_ascii().is_empty()).map(|l| l.as_bytes().to_vec()).collect();
            let input = text.join("\n");
            prop_assert_eq!(lines(input.as_bytes(), &cuts, LINE_CAP), (wanted, false));
        }
    }
}
