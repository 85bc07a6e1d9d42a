//! The loop with a scripted conductor and a clock that stands still.

use super::*;
use crate::app::Settings;
use crate::keymap::{Code, Key, Keymap};
use conductor::domain::RequestId;
use conductor::protocol::{Query, Reply};
use std::cell::RefCell;
use std::rc::Rc;
use tokio::sync::mpsc;

/// Frames, one write each.
#[derive(Clone, Default)]
struct Sink(Rc<RefCell<Vec<String>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().push(String::from_utf8_lossy(bytes).into_owned());
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink {
    fn frames(&self) -> usize {
        self.0.borrow().len()
    }
}

/// Passes commands on to a bounded queue, as the conductor does.
struct Queue(mpsc::Sender<Command>);

impl Link for Queue {
    async fn send(&self, command: Command) {
        let _ = self.0.send(command).await;
    }
    async fn query(&self, _query: Query) -> Reply {
        Reply::Conversations(Vec::new())
    }
}

/// What a test holds in its hands.
struct Hands {
    keys: mpsc::Sender<io::Result<Msg>>,
    events: mpsc::Sender<Event>,
    commands: mpsc::Receiver<Command>,
    sink: Sink,
}

impl Hands {
    async fn key(&self, code: Code) {
        self.keys.send(Ok(Msg::Key(Key::plain(code)))).await.unwrap();
        settle().await;
    }

    async fn ask(&self, text: &str) {
        self.keys.send(Ok(Msg::Paste(text.to_owned()))).await.unwrap();
        self.key(Code::Enter).await;
    }
}

/// Lets everything run that can, and a frame interval pass.
async fn settle() {
    tokio::time::sleep(crate::frames::INTERVAL * 2).await;
}

fn app() -> App {
    let screen = crate::app::Screen { title: false, ..Default::default() };
    App::new(Settings::of(&conductor::config::Config::default(), Keymap::default(), screen, false))
}

fn files() -> Files {
    Files::new(std::sync::Arc::new(conductor::config::Config::default()))
}

/// Runs `test` against a loop; `queue` commands fit the conductor's queue.
fn check<F: Future<Output = ()>>(queue: usize, test: impl FnOnce(Hands) -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let (keys_in, keys) = mpsc::channel(64);
        let (events_in, events) = mpsc::channel(1024);
        let (commands_in, commands) = mpsc::channel(queue);
        let sink = Sink::default();
        let mut driver = Driver::new(app(), (80, 24), sink.clone(), Vec::new(), files());
        let before = sink.clone();
        let start = || {
            assert_eq!(before.frames(), 1, "the first frame comes before the conductor");
            async { Ok((Queue(commands_in), events)) }
        };
        let keys = Rc::new(RefCell::new(keys));
        let keys = || {
            let keys = keys.clone();
            futures_util::stream::poll_fn(move |context| keys.borrow_mut().poll_recv(context))
        };
        let signals = Signals::listen().unwrap();
        let hands = Hands { keys: keys_in, events: events_in, commands, sink };
        let mut test = pin!(test(hands));
        tokio::select! {
            _ = driver.drive(start, keys, signals, || true) => test.await,
            () = &mut test => {}
        }
    });
}

fn delta(id: u64) -> Event {
    Event::Delta { id: RequestId(id), text: "word ".to_owned(), thinking: String::new() }
}

#[test]
fn a_question_reaches_the_conductor_and_tokens_reach_the_screen_in_few_frames() {
    check(4, |mut hands| async move {
        settle().await;
        hands.ask("hello").await;
        let Some(Command::Ask { id, prompt, .. }) = hands.commands.recv().await else { panic!("no question") };
        assert_eq!(prompt.text(), "hello");
        settle().await;
        let before = hands.sink.frames();
        hands.events.send(delta(id.0)).await.unwrap();
        tokio::task::yield_now().await;
        tokio::task::yield_now().await;
        assert_eq!(hands.sink.frames(), before + 1, "a quiet screen draws at once");
        for _ in 0..10 {
            hands.events.send(delta(id.0)).await.unwrap();
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        settle().await;
        assert_eq!(hands.sink.frames(), before + 2, "ten tokens in one interval make one frame");
    });
}

#[test]
fn idle_costs_nothing() {
    check(4, |hands| async move {
        settle().await;
        let before = hands.sink.frames();
        tokio::time::sleep(Duration::from_secs(3600)).await;
        assert_eq!(hands.sink.frames(), before);
    });
}

#[test]
fn the_time_of_an_answer_is_drawn_once_a_second() {
    check(4, |hands| async move {
        settle().await;
        hands.ask("hello").await;
        let before = hands.sink.frames();
        tokio::time::sleep(Duration::from_secs(10)).await;
        assert_eq!(hands.sink.frames(), before + 10);
    });
}

#[test]
fn a_conductor_that_takes_nothing_holds_no_key_and_loses_no_command() {
    check(1, |mut hands| async move {
        settle().await;
        for _ in 0..10 {
            // Each asks for a refresh.
            hands.ask("/models").await;
            hands.key(Code::Esc).await;
        }
        let before = hands.sink.frames();
        hands.key(Code::Char('x')).await;
        assert_eq!(hands.sink.frames(), before + 1, "the key is on the screen");
        let mut count = 0;
        while let Ok(Some(command)) = tokio::time::timeout(Duration::from_secs(1), hands.commands.recv()).await {
            // The draft is stored beside them.
            count += usize::from(matches!(command, Command::Models(_)));
        }
        assert_eq!(count, 10);
    });
}

#[test]
fn quitting_ends_the_loop_and_tells_the_conductor() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let (commands_in, mut commands) = mpsc::channel(8);
        let (events_in, events) = mpsc::channel(8);
        let mut driver = Driver::new(app(), (80, 24), Sink::default(), Vec::new(), files());
        let keys = futures_util::stream::iter([Ok(Msg::Key(Key::ctrl(Code::Char('d'))))]);
        let keys = keys.then(|key| async {
            settle().await;
            key
        });
        let start = || async { Ok((Queue(commands_in), events)) };
        let mut keys = Some(keys);
        let end = driver.drive(start, || keys.take().unwrap(), Signals::listen().unwrap(), || true).await.unwrap();
        assert_eq!(end, End::Quit);
        let conductor = async {
            assert_eq!(commands.recv().await, Some(Command::Quit));
            drop(events_in);
        };
        tokio::join!(driver.farewell(Duration::from_secs(2)), conductor);
    });
}

#[test]
fn a_file_is_read_beside_the_loop_and_goes_with_the_question() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    std::fs::write(&path, "remember the milk").unwrap();
    check(4, |mut hands| async move {
        settle().await;
        hands.keys.send(Ok(Msg::Paste(path.to_string_lossy().into_owned()))).await.unwrap();
        settle().await;
        hands.key(Code::Enter).await;
        let Some(Command::Ask { prompt, .. }) = hands.commands.recv().await else { panic!("no question") };
        assert_eq!(prompt.text(), "\n\nFile `notes.txt`:\n\n```\nremember the milk\n```\n\n");
        assert_eq!(prompt.files(), 1);
    });
}

#[test]
fn a_folder_is_listed_beside_the_loop() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a very special name.txt"), "x").unwrap();
    check(4, |hands| async move {
        settle().await;
        for c in format!("@{}/a", folder.path().display()).chars() {
            hands.key(Code::Char(c)).await;
        }
        let frames = hands.sink.0.borrow().concat();
        assert!(frames.contains("special"), "{frames:?}");
    });
}

#[test]
fn a_storm_of_sizes_is_one_frame() {
    check(4, |hands| async move {
        settle().await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let before = hands.sink.frames();
        for width in 40..90 {
            hands.keys.send(Ok(Msg::Resize(width, 20))).await.unwrap();
        }
        settle().await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(hands.sink.frames() - before <= 2, "{} frames", hands.sink.frames() - before);
    });
}
