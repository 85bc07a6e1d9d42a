//! A program of the user's that prints a key, such as a password manager.
//!
//! What must stay true: it is run as it is configured, without a shell; it is given nothing to read, and is ended when it
//! takes too long or nobody waits any longer; what it prints is shown to nobody.

use crate::backend::words::words_of;
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;

/// How long it may take. Long enough for a person to touch a device.
const LIMIT: Duration = Duration::from_secs(30);

/// The most it may print, in bytes.
const OUTPUT_CAP: u64 = 64 * 1024;

/// How much of its complaint is kept, in bytes.
const COMPLAINT_CAP: u64 = 4 * 1024;

/// The first line that it prints. The error says what the command did wrong: `is not there`.
pub(super) async fn run(command: &[String]) -> Result<SecretString, String> {
    run_within(command, LIMIT).await
}

async fn run_within(command: &[String], limit: Duration) -> Result<SecretString, String> {
    let Some((program, arguments)) = command.split_first() else { return Err("is empty".to_owned()) };
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|e| format!("could not run {program}: {e}"))?;
    let (out, complaint) = (child.stdout.take(), child.stderr.take());
    let whole = async {
        let (printed, complaint) = tokio::join!(read(out, OUTPUT_CAP), read(complaint, COMPLAINT_CAP));
        Ok::<_, std::io::Error>((printed?, complaint?, child.wait().await?))
    };
    match tokio::time::timeout(limit, whole).await {
        Err(_) => Err(format!("did not end in {} s", limit.as_secs())),
        Ok(Err(error)) => Err(format!("could not be read: {error}")),
        Ok(Ok((printed, complaint, status))) => key_of(&printed, &complaint, status),
    }
}

/// Up to `cap` bytes of a stream, and one more where there are more. The rest is passed over, so that its writer is not held
/// up.
async fn read(stream: Option<impl AsyncRead + Unpin>, cap: u64) -> std::io::Result<Zeroizing<Vec<u8>>> {
    // All the room at once: a buffer that grows leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(cap).unwrap_or_default() + 1));
    let Some(mut stream) = stream else { return Ok(bytes) };
    (&mut stream).take(cap + 1).read_to_end(&mut bytes).await?;
    tokio::io::copy(&mut stream, &mut tokio::io::sink()).await?;
    Ok(bytes)
}

fn key_of(printed: &[u8], complaint: &[u8], status: ExitStatus) -> Result<SecretString, String> {
    if !status.success() {
        let complaint = String::from_utf8_lossy(complaint);
        let line = words_of(complaint.lines().find(|line| !line.trim().is_empty()).unwrap_or_default());
        let line = if line.is_empty() { line } else { format!(": {line}") };
        return Err(format!("failed ({status}){line}"));
    }
    if printed.len() as u64 > OUTPUT_CAP {
        return Err(format!("printed more than {OUTPUT_CAP} bytes, which is no key"));
    }
    let Ok(printed) = std::str::from_utf8(printed) else { return Err("printed what is no text".to_owned()) };
    super::checked(printed.lines().next().unwrap_or_default()).map_err(|why| format!("printed no key: {why}"))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    async fn check(script: &str, want: Result<&str, &str>) {
        let command = ["/bin/sh", "-c", script].map(str::to_owned);
        let found = run_within(&command, Duration::from_secs(2)).await;
        match (&found, want) {
            (Ok(key), Ok(want)) => assert_eq!(key.expose_secret(), want, "{script}"),
            (Err(why), Err(want)) => assert!(why.contains(want) && !why.contains("CANARY"), "{script}: {why}"),
            _ => panic!("{script}: {found:?}"),
        }
    }

    #[tokio::test]
    async fn what_it_prints_is_the_key() {
        check("echo CANARY1", Ok("CANARY1")).await;
        check("printf ' CANARY1 \\r\\nmore\\n'", Ok("CANARY1")).await;
        check("echo warning >&2; echo CANARY1", Ok("CANARY1")).await;
        check("cat; echo CANARY1", Ok("CANARY1")).await;
        check("true", Err("printed no key: it is empty")).await;
        check("echo CANARY one", Err("there are blanks")).await;
        check("echo CANARY; echo; printf 'is locked\\033[31m\\nmore' >&2; exit 3", Err("failed (exit status: 3): is locked"))
            .await;
        check("head -c 70000 /dev/zero", Err("printed more than 65536 bytes")).await;
        check("head -c 200000 /dev/zero >&2; echo CANARY1", Ok("CANARY1")).await;
    }

    #[tokio::test]
    async fn it_is_no_line_for_a_shell_and_has_an_end() {
        let found = run(&["echo CANARY1".to_owned()]).await;
        assert!(matches!(&found, Err(why) if why.contains("could not run")), "{found:?}");
        let found = run(&["/bin/echo".to_owned(), "$HOME;x".to_owned()]).await.unwrap();
        assert_eq!(found.expose_secret(), "$HOME;x");
        let late = run_within(&["/bin/cat".to_owned(), "/dev/zero".to_owned()], Duration::from_millis(50)).await;
        assert!(matches!(&late, Err(why) if why.contains("did not end")), "{late:?}");
    }
}
