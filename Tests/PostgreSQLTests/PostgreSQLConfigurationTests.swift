import PostgreSQL
import Testing

struct PostgreSQLConfigurationTests {
    @Test func urlIsReadWhole() throws {
        let configuration = try PostgreSQLConfiguration(
            url: "postgres://an%40na:p%2Fw%3A@db.example:6000/lake?sslmode=verify-full&sslrootcert=/ca.pem"
                + "&connect_timeout=9&application_name=test&target_session_attrs=read-write")
        #expect(configuration.user == "an@na")
        #expect(configuration.password == "p/w:")
        #expect(configuration.host == "db.example")
        #expect(configuration.port == 6000)
        #expect(configuration.database == "lake")
        #expect(configuration.sslMode == .verifyFull)
        #expect(configuration.sslRootCertificate == "/ca.pem")
        #expect(configuration.connectTimeoutSeconds == 9)
        #expect(configuration.applicationName == "test")
        #expect(configuration.parameters == ["target_session_attrs": "read-write"])
    }

    @Test func urlOfAUnixSocketNamesItsFolder() throws {
        let configuration = try PostgreSQLConfiguration(url: "postgresql://me@/lake?host=/run/postgresql")
        #expect(configuration.host == "/run/postgresql")
        #expect(configuration.port == 5432)
        #expect(configuration.password == nil)
        #expect(configuration.sslMode == .prefer)
    }

    @Test(arguments: [
        "", "mysql://a:s3cret@b/c", "postgres://a:s3cret@host:port/c", "postgres://a:s3cret@host:99999/c",
        "postgres://a:s3cret@host/c?sslmode=maybe", "postgres://a:s3cret@host/c?no_such=1",
        "postgres://a:s3cret@host/c?connect_timeout=0", "postgres://a:s3cret%zz@host/c", "postgres://host/c",
    ])
    func badURLIsAnErrorWithoutThePassword(url: String) {
        let error = #expect(throws: PostgreSQLError.self) { try PostgreSQLConfiguration(url: url) }
        #expect(error?.kind == .configuration)
        #expect(error.map { "\($0)".contains("s3cret") } == false)
    }

    @Test func passwordIsInNoDescription() throws {
        let configuration = try PostgreSQLConfiguration(url: "postgres://me:s3cret@host/lake")
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), "\([configuration])", dumped] {
            #expect(!text.contains("s3cret"))
        }
        #expect("\(configuration)" == "me@host:5432/lake")
    }

    @Test func rootCertificateIsTheSetOneThenTheEnvironmentsThenTheSystems() throws {
        var configuration = try PostgreSQLConfiguration(url: "postgres://me@host/lake?sslmode=verify-full")
        #expect(configuration.rootCertificatePath(environment: [:]) == "/etc/ssl/certs/ca-certificates.crt")
        #expect(configuration.rootCertificatePath(environment: ["PGSSLROOTCERT": "/rds.pem"]) == "/rds.pem")
        configuration.sslRootCertificate = "/own.pem"
        #expect(configuration.rootCertificatePath(environment: ["PGSSLROOTCERT": "/rds.pem"]) == "/own.pem")
    }
}
