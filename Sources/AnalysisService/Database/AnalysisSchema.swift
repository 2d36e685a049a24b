import Logging
import PostgreSQL

/// The database's schema as this program knows it.
enum AnalysisSchema {
    /// Every file of `Database/Migrations`, in order.
    static let migrations = [
        Migration(
            version: 1, name: "initial_schema",
            sql: String(decoding: PackageResources.V0001__initial_schema_sql, as: UTF8.self)),
        Migration(
            version: 2, name: "contact_sheet",
            sql: String(decoding: PackageResources.V0002__contact_sheet_sql, as: UTF8.self)),
        Migration(
            version: 3, name: "depth_map_scale",
            sql: String(decoding: PackageResources.V0003__depth_map_scale_sql, as: UTF8.self)),
        Migration(
            version: 4, name: "source_removal",
            sql: String(decoding: PackageResources.V0004__source_removal_sql, as: UTF8.self)),
    ]

    static func migrator(logger: Logger) -> Migrator {
        Migrator(migrations: migrations, logger: logger)
    }
}
