//! What secrets stand in: settings, programs, logs, what people write.

/// A text around a secret: `NAME` is its name in capitals, `LOWER` in small letters, `SECRET` the secret.
pub(super) const AROUND: &[&str] = &[
    "# settings\nLOG=debug\nNAME=SECRET\nPORT=8080\n",
    "export NAME=\"SECRET\"\n./run --all\n",
    "{\n  \"debug\": true,\n  \"LOWER\": \"SECRET\",\n  \"retries\": 3\n}\n",
    "services:\n  web:\n    environment:\n      NAME: SECRET\n      TZ: UTC\n",
    "import os\n\nLOWER = 'SECRET'\nclient = Client(LOWER)\n",
    "const LOWER = \"SECRET\";\nfetch(url).then(r => r.json());\n",
    "Hi! My LOWER is SECRET and it does not work any more. What is wrong?\n",
    "2026-03-01T10:22:31Z INFO starting worker=3 LOWER=SECRET region=eu-west-1\n",
    "[default]\nLOWER = SECRET\nregion = eu-central-1\n",
    "os.environ[\"NAME\"] = \"SECRET\"\n",
    "- name: NAME\n  value: SECRET\n",
    "<setting key=\"LOWER\">SECRET</setting>\n",
    "docker run -e NAME=SECRET -p 80:80 image:latest\n",
    "    .with_header(\"LOWER\", \"SECRET\")\n    .build()?;\n",
    "Meine Einstellung `NAME` ist \"SECRET\", was mache ich falsch?\n",
    "curl -H \"X-LOWER: SECRET\" https://api.service.internal/v1/things\n",
];

/// The text around `secret`, and where it is.
pub(super) fn around(template: &str, name: &str, secret: &str) -> (String, std::ops::Range<usize>) {
    let small = name.to_lowercase();
    let (before, after) = template.split_once("SECRET").unwrap();
    let named = |text: &str| text.replace("NAME", name).replace("LOWER", &small);
    let before = named(before);
    let start = before.len();
    (format!("{before}{secret}{}", named(after)), start..start + secret.len())
}

/// Private keys as they are written down; `KEY` is the whole of one.
pub(super) const AROUND_KEYS: &[&str] =
    &["KEY\n", "Here is my key, please help:\n\nKEY\n\nThanks!", "key: |\n  KEY\n", "cat > id <<END\nKEY\nEND\n"];
