/// The page's files as they are in the binary. Package.swift names them too.
enum EmbeddedPage {
    static var files: [String: [UInt8]] {
        [
            "index.html": PackageResources.index_html,
            "chat.css": PackageResources.chat_css,
            "chat.js": PackageResources.chat_js,
            "connection.js": PackageResources.connection_js,
            "model.js": PackageResources.model_js,
            "people.js": PackageResources.people_js,
            "view.js": PackageResources.view_js,
        ]
    }
}
