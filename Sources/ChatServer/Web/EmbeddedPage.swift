import Rooms

/// The page's files as they are in the binary. Package.swift names them too.
enum EmbeddedPage {
    static var files: [String: [UInt8]] {
        [
            "index.html": PackageResources.index_html,
            "chat.css": PackageResources.chat_css,
            "icon.png": PackageResources.icon_png,
            "icon.svg": PackageResources.icon_svg,
            "manifest.webmanifest": PackageResources.manifest_webmanifest,
            "address.js": PackageResources.address_js,
            "announcer.js": PackageResources.announcer_js,
            "calls.js": PackageResources.calls_js,
            "chat.js": PackageResources.chat_js,
            "composer.js": PackageResources.composer_js,
            "connection.js": PackageResources.connection_js,
            "copying.js": PackageResources.copying_js,
            "dom.js": PackageResources.dom_js,
            "identity.js": PackageResources.identity_js,
            "links.js": PackageResources.links_js,
            "lookalikes.js": PackageResources.lookalikes_js,
            "names.js": PackageResources.names_js,
            "naming.js": PackageResources.naming_js,
            "people.js": PackageResources.people_js,
            "probe.js": PackageResources.probe_js,
            "reading.js": PackageResources.reading_js,
            "room.js": PackageResources.room_js,
            "row.js": PackageResources.row_js,
            "scroll.js": PackageResources.scroll_js,
            "sending.js": PackageResources.sending_js,
            "sends.js": PackageResources.sends_js,
            "status.js": PackageResources.status_js,
            "storage.js": PackageResources.storage_js,
            "text.js": PackageResources.text_js,
            "timeline.js": PackageResources.timeline_js,
            "unread.js": PackageResources.unread_js,
            "wakings.js": PackageResources.wakings_js,
            "words.js": PackageResources.words_js,
        ]
    }
}
