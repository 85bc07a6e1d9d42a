//! What the conversation on the screen costs: a frame, a token, a width that changes.

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use segno_tui::transcript::{BlockKind, Scroll, Transcript};
use segno_tui::view::theme::Theme;
use segno_tui::view::transcript::draw;
use std::hint::black_box;

/// An answer of 50 lines: prose, a list, a table, code.
fn answer(n: usize) -> String {
    let mut text = format!(
        "## Answer {n}\n\nA *borrow* lasts as long as it is **used**; the loop holds `&mut v` while `push` wants another.\n\n"
    );
    for item in 0..10 {
        text += &format!("- item {item} of the list, with `code` and a [link](https://example.org/{item})\n");
    }
    text += "\n| name | what it does |\n|---|---|\n";
    for row in 0..8 {
        text += &format!("| row {row} | something that takes a few words to say |\n");
    }
    text += "\n```rust\n";
    for line in 0..16 {
        text += &format!("    let value_{line}: Vec<u32> = items.iter().map(|x| x + {line}).collect(); // a comment\n");
    }
    text + "```\n\nAnd that is all there is to it.\n"
}

/// A conversation of some 100,000 lines.
fn conversation() -> Transcript {
    let mut transcript = Transcript::new();
    for n in 0..2_000 {
        transcript.add(BlockKind::User, "why does the borrow checker refuse this?");
        transcript.add(BlockKind::Answer, &answer(n));
    }
    transcript
}

fn frame(transcript: &mut Transcript, scroll: &mut Scroll, buffer: &mut Buffer, theme: &Theme) {
    buffer.reset();
    let area = buffer.area;
    black_box(draw(transcript, scroll, theme, area, buffer));
}

fn frames(c: &mut Criterion) {
    let (mut transcript, mut scroll) = (conversation(), Scroll::default());
    let (theme, mut buffer) = (Theme::new(false), Buffer::empty(Rect::new(0, 0, 80, 24)));
    frame(&mut transcript, &mut scroll, &mut buffer, &theme);
    c.bench_function("frame at the end of 100,000 lines, 80x24", |b| {
        b.iter(|| frame(&mut transcript, &mut scroll, &mut buffer, &theme));
    });
    c.bench_function("a row up and its frame, over parts never looked at", |b| {
        b.iter(|| {
            scroll.up(&mut transcript, 1);
            frame(&mut transcript, &mut scroll, &mut buffer, &theme);
        });
    });
    c.bench_function("to the top and to the end, a frame each", |b| {
        b.iter(|| {
            scroll.to_top(&mut transcript);
            frame(&mut transcript, &mut scroll, &mut buffer, &theme);
            scroll.to_bottom();
            frame(&mut transcript, &mut scroll, &mut buffer, &theme);
        });
    });
    let mut narrow = Buffer::empty(Rect::new(0, 0, 79, 24));
    c.bench_function("two changes of width, a frame each", |b| {
        b.iter(|| {
            frame(&mut transcript, &mut scroll, &mut narrow, &theme);
            frame(&mut transcript, &mut scroll, &mut buffer, &theme);
        });
    });
}

fn tokens(c: &mut Criterion) {
    let (theme, mut buffer) = (Theme::new(false), Buffer::empty(Rect::new(0, 0, 80, 24)));
    let text: String = (0..30).map(answer).collect();
    let pieces: Vec<&str> = text.as_bytes().chunks(4).map(|piece| std::str::from_utf8(piece).unwrap_or(" ")).collect();
    let mut group = c.benchmark_group("an answer of 20,000 tokens");
    group.sample_size(10);
    for every in [1, 100] {
        group.bench_function(format!("a frame every {every}"), |b| {
            b.iter_batched(
                Transcript::new,
                |mut transcript| {
                    let mut scroll = Scroll::default();
                    let id = transcript.push(BlockKind::Answer, "");
                    for (n, piece) in pieces.iter().cycle().take(20_000).enumerate() {
                        transcript.append(id, piece);
                        if n % every == 0 {
                            frame(&mut transcript, &mut scroll, &mut buffer, &theme);
                        }
                    }
                    transcript
                },
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, frames, tokens);
criterion_main!(benches);
