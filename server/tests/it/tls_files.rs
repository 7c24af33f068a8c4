//! `--tls-cert` and `--tls-key`: a certificate that somebody else renews while the server runs.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use crate::support::{Pair, Site, Visitor, replace};

/// Where a renewing program keeps its files.
struct Kept {
    folder: TempDir,
}

impl Kept {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    async fn site(&self) -> Site {
        let (certificate, key) = (self.path("fullchain.pem"), self.path("privkey.pem"));
        Site::start_with(|config| {
            (config.tls.certificate, config.tls.key) = (Some(certificate), Some(key));
            config.tls.look_every = 10;
        })
        .await
    }

    fn write(&self, pair: &Pair) {
        pair.write(&self.path("fullchain.pem"), &self.path("privkey.pem"));
    }
}

/// Visitors who trust the makers of all these.
fn public(pairs: &[&Pair]) -> Visitor {
    Visitor::who_trusts(pairs.iter().map(|pair| pair.authority.as_str()).collect::<String>().as_bytes())
}

const TALK: &str = "talk.example";

#[tokio::test]
async fn a_renewed_certificate_is_served_without_a_restart() {
    let kept = Kept::new();
    let (first, second) = (Pair::for_names(&[TALK]), Pair::for_names(&[TALK]));
    kept.write(&first);
    let site = kept.site().await;
    let visitor = public(&[&first, &second]);
    let before = visitor.sees(site.https, TALK).await.expect("trusted");
    let open = visitor.shake_hands(site.https, TALK).await.expect("trusted");
    kept.write(&second);
    visitor.sees_another(site.https, TALK, &before).await;
    // Who was connected stays so.
    let answer = crate::support::ask(open, TALK, "GET", "/healthz", &[], "").await;
    assert_eq!(answer.body(), b"ok");
    assert_eq!(site.get("/ca").await.status().as_u16(), 404, "there is nothing to trust by hand");
}

#[tokio::test]
async fn a_link_that_leads_to_other_files_is_a_renewal_too() {
    let kept = Kept::new();
    let (first, second) = (Pair::for_names(&[TALK]), Pair::for_names(&[TALK]));
    for (folder, pair) in [("archive1", &first), ("archive2", &second)] {
        fs::create_dir(kept.path(folder)).expect("a new folder");
        pair.write(&kept.path(folder).join("fullchain.pem"), &kept.path(folder).join("privkey.pem"));
    }
    let lead_to = |folder: &str| {
        for file in ["fullchain.pem", "privkey.pem"] {
            let beside = kept.path("link");
            symlink(Path::new(folder).join(file), &beside).expect("a new link");
            fs::rename(&beside, kept.path(file)).expect("in place of the old one");
        }
    };
    lead_to("archive1");
    let site = kept.site().await;
    let visitor = public(&[&first, &second]);
    let before = visitor.sees(site.https, TALK).await.expect("trusted");
    lead_to("archive2");
    visitor.sees_another(site.https, TALK, &before).await;
}

#[tokio::test]
async fn a_bad_pair_leaves_the_good_one_in_place_until_a_good_one_comes() {
    let kept = Kept::new();
    let [first, second, third] = [(); 3].map(|()| Pair::for_names(&[TALK]));
    kept.write(&first);
    let site = kept.site().await;
    let visitor = public(&[&first, &second, &third]);
    let before = visitor.sees(site.https, TALK).await.expect("trusted");
    // The certificate of one with the key of another; then no certificate; then no files.
    replace(&kept.path("fullchain.pem"), &second.certificate);
    visits_many_times(&visitor, &site, &before).await;
    replace(&kept.path("fullchain.pem"), "renewal failed");
    visits_many_times(&visitor, &site, &before).await;
    fs::remove_file(kept.path("privkey.pem")).expect("there");
    visits_many_times(&visitor, &site, &before).await;
    kept.write(&third);
    visitor.sees_another(site.https, TALK, &before).await;
}

/// Long enough for several looks at the files.
async fn visits_many_times(visitor: &Visitor, site: &Site, expected: &[u8]) {
    let started = std::time::Instant::now();
    while started.elapsed().as_millis() < 100 {
        assert_eq!(visitor.sees(site.https, TALK).await.expect("trusted"), expected);
    }
}

#[tokio::test]
async fn files_that_are_no_pair_are_one_line_at_the_start() {
    let kept = Kept::new();
    let (one, other) = (Pair::for_names(&[TALK]), Pair::for_names(&[TALK]));
    for (certificate, key, says) in [
        (None, Some(&one.key), "fullchain.pem"),
        (Some(&one.certificate), None, "privkey.pem"),
        (Some(&one.key), Some(&one.key), "no PEM certificate"),
        (Some(&one.certificate), Some(&one.certificate), "no PEM private key"),
        (Some(&one.certificate), Some(&other.key), "do not fit together"),
    ] {
        for (file, text) in [("fullchain.pem", certificate), ("privkey.pem", key)] {
            _ = fs::remove_file(kept.path(file));
            text.into_iter().for_each(|text| replace(&kept.path(file), text));
        }
        let error = kept.site().await.failed().await;
        assert!(error.contains(says) && !error.contains('\n'), "{error}");
    }
}
