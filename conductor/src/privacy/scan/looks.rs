//! How a token looks: at random, like words, or like what stands in examples.

/// Shannon's entropy of the bytes, in bits a byte (C. E. Shannon, A Mathematical Theory of Communication, 1948).
pub(super) fn entropy(bytes: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    bytes.iter().for_each(|byte| counts[usize::from(*byte)] += 1);
    let total = bytes.len().max(1) as f64;
    counts.iter().filter(|count| **count > 0).map(|count| f64::from(*count) / total).map(|p| -p * p.log2()).sum()
}

/// What stands in the place of a secret. A word counts as it is usually written, in letters of one size or with the first one a
/// capital: a long random token often has four letters of one in a mixture.
const STAND_INS: [&str; 26] = [
    "example",
    "placeholder",
    "xxxx",
    "****",
    "....",
    "your",
    "changeme",
    "change_me",
    "change-me",
    "replace",
    "redacted",
    "dummy",
    "sample",
    "insert",
    "-here",
    "_here",
    "tokenhere",
    "keyhere",
    "secrethere",
    "foobar",
    "${",
    "{{",
    "%(",
    "$(",
    "…",
    "todo",
];

/// True for what stands in the place of a secret: `your-api-key-here`, `xxxx`, `<token>`, `${TOKEN}`, `1234567890…`.
pub(super) fn placeholder(secret: &[u8]) -> bool {
    // A private key is judged by its own shape; its body may hold any letters.
    if secret.starts_with(b"-----BEGIN") {
        return false;
    }
    let lower = secret.to_ascii_lowercase();
    let has = |word: &str| {
        let places = lower.windows(word.len()).enumerate().filter(|(_, window)| *window == word.as_bytes());
        places.map(|(at, _)| &secret[at..at + word.len()]).any(|written| {
            let rest = written.get(1..).unwrap_or_default();
            !rest.iter().any(u8::is_ascii_uppercase) || !written.iter().any(u8::is_ascii_lowercase)
        })
    };
    secret.len() <= 512 && STAND_INS.into_iter().any(has)
        || bracketed(secret)
        || repeats(&lower)
        || counts_up(&lower)
        || stock(&lower)
}

/// Words that are written where a password would stand.
const STOCK: [&str; 32] = [
    "password",
    "passwd",
    "passw",
    "pass",
    "pwd",
    "pw",
    "secret",
    "secre",
    "mysecret",
    "mypassword",
    "mypass",
    "user",
    "username",
    "admin",
    "root",
    "test",
    "testing",
    "guest",
    "postgres",
    "mysql",
    "redis",
    "changeit",
    "letmein",
    "token",
    "hunter",
    "foo",
    "none",
    "null",
    "string",
    "value",
    "basic",
    "passphrase",
];

/// True for one of these, also with digits behind it.
fn stock(lower: &[u8]) -> bool {
    let word = lower.trim_ascii_end();
    let word = &word[..word.iter().rposition(|byte| !byte.is_ascii_digit()).map_or(0, |last| last + 1)];
    STOCK.iter().any(|stock| stock.as_bytes() == word)
}

/// True for what follows the prefix of a key in an example: words, and no digit.
pub(super) fn spoken(body: &[u8]) -> bool {
    body.len() >= 12 && !body.iter().any(u8::is_ascii_digit) && common_pairs(body).is_some_and(|share| share >= 0.75)
}

fn bracketed(secret: &[u8]) -> bool {
    matches!((secret.first(), secret.last()), (Some(b'<'), Some(b'>')) | (Some(b'['), Some(b']')) | (Some(b'{'), Some(b'}')))
}

/// True where one short text fills most of it: `aaaa…`, `deadbeefdeadbeef`.
fn repeats(lower: &[u8]) -> bool {
    let long = lower.len() >= 8;
    long && (1..=16.min(lower.len() / 2)).any(|period| {
        let pairs = lower.len() - period;
        let same = (0..pairs).filter(|at| lower[*at] == lower[at + period]).count();
        same * 10 >= pairs * 6
    })
}

/// True where most of it counts up: `abcdefghij1234567890`.
fn counts_up(lower: &[u8]) -> bool {
    let step = |pair: &[u8]| match (pair[0], pair[1]) {
        (b'9', b'0' | b'a') | (b'z', b'0' | b'1' | b'a') => true,
        (a, b) => a.is_ascii_alphanumeric() && b == a + 1,
    };
    lower.len() >= 8 && lower.windows(2).filter(|pair| step(pair)).count() * 4 >= (lower.len() - 1) * 3
}

/// Pairs of letters that make up nine tenths of words in English and in programs; of random letters they are three tenths.
/// Counted over some 300 Rust libraries, each word once a file.
const COMMON: &str = "ab ac ad ag ai al am an ap ar as at au ay ba be bi bl bo bu ca ce ch ci ck cl co cr ct cu da dd de di do \
    dr ds ea ec ed ee ef eg el em en ep eq er es et ev ex fa fe ff fi fo fr ge gi gr ha he hi ho ia ib ic id ie if ig il im in \
    io ip ir is it iv iz ke la ld le li ll lo ls lt lu ly ma me mi mo mp mu na nc nd ne nf ng ni nn no ns nt nu oc od ol om on \
    oo op or os ot ou ov ow pa pe pi pl po pp pr pt pu qu ra rd re ri rm rn ro rr rs rt ru ry sa sc se sh si so sp ss st su sy \
    ta tc te th ti to tr ts tt tu ty uc ue ui ul um un up ur us ut va ve vi wa we wh wi wr xt yp ze";

/// For each letter the letters that often follow it, a bit each.
static FOLLOWERS: [u32; 26] = followers();

const fn followers() -> [u32; 26] {
    let text = COMMON.as_bytes();
    let mut table = [0; 26];
    let mut at = 0;
    while at + 1 < text.len() {
        if text[at].is_ascii_lowercase() && text[at + 1].is_ascii_lowercase() {
            table[(text[at] - b'a') as usize] |= 1 << (text[at + 1] - b'a');
            at += 1;
        }
        at += 1;
    }
    table
}

/// True where its letters are mostly those of words.
pub(super) fn wordy(token: &[u8]) -> bool {
    common_pairs(token).is_some_and(|share| share >= 0.62)
}

/// The share of pairs of letters that are common; `None` where there are too few.
fn common_pairs(token: &[u8]) -> Option<f64> {
    let (mut pairs, mut common) = (0_u32, 0_u32);
    for pair in token.windows(2) {
        let [a, b] = [pair[0].to_ascii_lowercase(), pair[1].to_ascii_lowercase()];
        if a.is_ascii_lowercase() && b.is_ascii_lowercase() {
            pairs += 1;
            common += FOLLOWERS[usize::from(a - b'a')] >> (b - b'a') & 1;
        }
    }
    (pairs >= 4).then(|| f64::from(common) / f64::from(pairs))
}

/// Changes between letters and digits, and from small to capital letters, between neighbours. Random tokens have many.
pub(super) fn changes(token: &[u8]) -> usize {
    let change = |pair: &[u8]| {
        let [a, b] = [pair[0], pair[1]];
        (a.is_ascii_digit() && b.is_ascii_alphabetic())
            || (a.is_ascii_alphabetic() && b.is_ascii_digit())
            || (a.is_ascii_lowercase() && b.is_ascii_uppercase())
    };
    token.windows(2).filter(|pair| change(pair)).count()
}

/// True for digits of hexadecimal numbers alone.
pub(super) fn hexadecimal(token: &[u8]) -> bool {
    let lower = token.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'));
    lower || token.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'A'..=b'F'))
}

/// True for the shape of a UUID.
pub(super) fn uuid(token: &[u8]) -> bool {
    let shape = |(at, byte): (usize, &u8)| if matches!(at, 8 | 13 | 18 | 23) { *byte == b'-' } else { byte.is_ascii_hexdigit() };
    token.len() == 36 && token.iter().enumerate().all(shape)
}
