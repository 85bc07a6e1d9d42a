//! Whether a token beside a word such as `token` or `password` is a secret, by its looks and by what stands between.

use super::looks;

/// Bytes before a keyword that may say what it is: `public` makes any key one that may be shown.
pub(super) const AHEAD: usize = 12;

/// `before` is what stands before the keyword, `keyword` what was found, `gap` what stands between it and the token; `None`
/// where the keyword is in the token.
pub(super) fn is_secret(before: &[u8], keyword: &[u8], gap: Option<&[u8]>, token: &[u8]) -> bool {
    let Some(gap) = gap else { return random(token) };
    if excused(keyword, gap) || contains(&before.to_ascii_lowercase(), b"public") {
        return false;
    }
    let assigned = assigned(gap);
    if assigned && names_password(keyword) && chosen(token) {
        return true;
    }
    if token.len() < SHORTEST {
        return false;
    }
    if looks::uuid(token) {
        return assigned && !keyword.eq_ignore_ascii_case(b"token");
    }
    if looks::hexadecimal(token) { assigned && mixed(token) } else { random(token) && (assigned || varied(token)) }
}

/// What nobody chose has at least as many characters.
const SHORTEST: usize = 16;

/// True for words for what a person chooses.
fn names_password(keyword: &[u8]) -> bool {
    let lower = keyword.to_ascii_lowercase();
    ["pass", "pwd", "wort", "contrase", "senha", "пароль", "密码"].iter().any(|word| contains(&lower, word.as_bytes()))
}

/// True for what a person chooses who was told to mix characters: three kinds of them, a digit among these, and no name that
/// a program gives to something.
fn chosen(token: &[u8]) -> bool {
    let special = |byte: &u8| byte.is_ascii_punctuation() && !b"_-./:\\".contains(byte);
    let kinds: [&dyn Fn(&u8) -> bool; 3] = [&u8::is_ascii_lowercase, &u8::is_ascii_uppercase, &special];
    let count = kinds.iter().filter(|kind| token.iter().any(kind)).count();
    let code = ["->", "::", "()", "${", "{{", "%s", "&&", "||", "=="].iter().any(|mark| contains(token, mark.as_bytes()));
    let plain = !token.iter().any(special) && (looks::wordy(token) || token.contains(&b'.') || token.contains(&b'/'));
    token.iter().any(u8::is_ascii_digit) && count >= 2 && !code && !plain
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|window| window == word)
}

/// True for letters and digits.
fn mixed(token: &[u8]) -> bool {
    token.iter().any(u8::is_ascii_digit) && token.iter().any(u8::is_ascii_alphabetic)
}

/// True for small and capital letters and digits.
fn varied(token: &[u8]) -> bool {
    mixed(token) && token.iter().any(u8::is_ascii_lowercase) && token.iter().any(u8::is_ascii_uppercase)
}

/// True where the token neither reads like words nor is a name, a path, a number or a date.
fn random(token: &[u8]) -> bool {
    let parts = token.split(|byte| !byte.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    let pairs: usize = parts.clone().map(|part| part.len() - 1).sum();
    let changes: usize = parts.clone().map(looks::changes).sum();
    // Paths, host names, names with dashes: most of it are parts that are a word or a number each.
    let plain = |part: &&[u8]| part.iter().all(u8::is_ascii_digit) || looks::changes(part) <= 1;
    let length: usize = parts.clone().map(<[u8]>::len).sum();
    let named = parts.clone().count() >= 3 && parts.filter(plain).map(<[u8]>::len).sum::<usize>() * 3 >= length * 2;
    mixed(token) && !named && changes * 100 >= pairs * 18 && !looks::wordy(token)
}

/// True where a value is given to what the keyword names: `= "`, `: `, ` is `, or nothing but white space and quotes.
fn assigned(gap: &[u8]) -> bool {
    let text = String::from_utf8_lossy(gap);
    let head = text.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '\\' | '(' | '[' | '{'));
    let last = head.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    head.is_empty()
        || head.ends_with([':', '=', '>', ',', '→', '：', '＝'])
        || ["is", "ist", "lautet", "est", "es", "to", "auf", "was"].iter().any(|word| last.eq_ignore_ascii_case(word))
}

/// True for keywords that are parts of other words, and gaps that say what the token is: a sum, a name.
fn excused(keyword: &[u8], gap: &[u8]) -> bool {
    let gap: Vec<u8> = gap.to_ascii_lowercase();
    let token = keyword.eq_ignore_ascii_case(b"token");
    if token && [&b"iz"[..], b"is", b"_type", b"s\":", b"s_", b"_count", b"_id"].iter().any(|tail| gap.starts_with(tail)) {
        return true;
    }
    if keyword.eq_ignore_ascii_case(b"secret") && gap.starts_with(b"ar") {
        return true;
    }
    NAMES_OF_SUMS.iter().any(|word| contains(&gap, word))
}

/// Words for what is printed in digits and is no secret.
const NAMES_OF_SUMS: [&[u8]; 20] = [
    b"sha1",
    b"sha-1",
    b"sha2",
    b"sha5",
    b"md5",
    b"hash",
    b"digest",
    b"checksum",
    b"integrity",
    b"commit",
    b"revision",
    b"etag",
    b"uuid",
    b"guid",
    b"\"id\"",
    b"public",
    b"fingerprint",
    b"_id\"",
    b"http",
    b"sum",
];
