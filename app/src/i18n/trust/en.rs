//! English.

use super::{SystemTexts, TrustTexts};

pub(super) static TEXTS: TrustTexts = TrustTexts {
    title: "Trust this server",
    why: "This server works in your own network, without the internet. So no authority on the internet can vouch for it, and the browser \
          warns you. Install the server’s certificate once on each device: the warning goes away, and camera, microphone and calls work.",
    limits: "The certificate is good only for this server’s names and for addresses inside private networks. It can’t vouch for any other \
             website.",
    compare: "Before installing, compare the fingerprint with the one that the server printed when it started: ask the person who runs it. If \
              they differ, do not install it.",
    name: "Name in the lists",
    fingerprint: "SHA-256 fingerprint",
    steps: "How to install it",
    ios: SystemTexts {
        name: "iPhone and iPad",
        get: "Download the profile",
        steps: &[
            "Open this page in Safari, press “Download the profile” and allow the download.",
            "Open Settings, then “Profile Downloaded”, and press “Install”.",
            "In Settings → General → About → Certificate Trust Settings, turn on the switch beside the certificate.",
            "Close the tab with the site and open it again.",
        ],
    },
    android: SystemTexts {
        name: "Android",
        get: "Download the certificate",
        steps: &[
            "Press “Download the certificate” and keep the file.",
            "Open Settings and search for “CA certificate”. (It is under Security → Encryption & credentials → Install a certificate.)",
            "Choose “CA certificate”, then “Install anyway”, and pick the file baylanys-ca.crt.",
            "Open the site in Chrome again.",
        ],
    },
    windows: SystemTexts {
        name: "Windows: Chrome, Edge",
        get: "Download the certificate",
        steps: &[
            "Download the file and open it, then press “Install Certificate…”.",
            "Choose “Current User”, press “Next” and choose “Place all certificates in the following store”.",
            "Press “Browse…”, choose “Trusted Root Certification Authorities” and press “OK”, then “Next”, “Finish” and “Yes”.",
            "Close the browser and open it again.",
        ],
    },
    macos: SystemTexts {
        name: "Mac: Safari, Chrome",
        get: "Download the certificate",
        steps: &[
            "Download the file and open it: Keychain Access adds it to the “login” keychain.",
            "Double-click the certificate there and open “Trust”.",
            "At “When using this certificate” choose “Always Trust”, close the window and enter your password.",
            "Open the site again.",
        ],
    },
    linux: SystemTexts {
        name: "Linux and ChromeOS: Chrome, Chromium",
        get: "Download the certificate",
        steps: &[
            "Download the file and open chrome://certificate-manager in the address bar. (On ChromeOS: Settings → Privacy and security → Security → Manage certificates.)",
            "Open “Installed by you” and press “Import” beside “Trusted certificates”. (On ChromeOS: open “Authorities” and press “Import”.)",
            "Pick the file baylanys-ca.pem. If you are asked, trust it for identifying websites.",
            "Open the site again.",
        ],
    },
    firefox: SystemTexts {
        name: "Firefox on a computer",
        get: "Download the certificate",
        steps: &[
            "Download the file. Open Settings, search there for “certificates” and press “Manage certificates” (“View Certificates…” in older versions).",
            "Under “Authorities” press “Import…” and pick the file baylanys-ca.crt.",
            "Tick “Trust this CA to identify websites” and press “OK”.",
            "Open the site again.",
        ],
    },
    remove: "You can delete it any time in the same place where you installed it.",
    done: "Installed? Then open the site by its secure address.",
    open_site: "Open the site",
    profile: "Lets this device trust the video-call server of your own network. It is good only for that server’s names and for private \
              addresses. Compare its SHA-256 fingerprint with the server’s before installing.",
};
