import AnalysisAPI
import HTTPTypes
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// One connection's protection from what never becomes a request: bytes that are no HTTP are answered with a problem,
/// and a body that does not arrive in time ends the connection.
///
/// The framework's idle timeout ends connections whose next request's head does not arrive; it does not see a body that
/// comes one byte a second. Runs on the connection's event loop alone.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// How long the last answer may take to reach a caller who still sends; a close at once could overtake it.
    private static let lingering = TimeAmount.seconds(2)

    private let bodyTimeout: TimeAmount
    private let logger: Logger
    /// Requests whose answers have not been written to their end.
    private var unanswered = 0
    /// Whether the oldest of them has the beginning of its answer.
    private var isAnswering = false
    private var bodyDeadline: Scheduled<Void>?
    /// Waits for the answers to the requests before it.
    private var refusal: Problem?
    /// Nothing can be read any more: the answer in the making is the last.
    private var isBroken = false
    private var isEnding = false

    /// - Parameter bodyTimeout: from a request's head to the end of its body.
    init(bodyTimeout: TimeAmount, logger: Logger) {
        self.bodyTimeout = bodyTimeout
        self.logger = logger
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isEnding, refusal == nil else { return }
        switch unwrapInboundIn(data) {
        case .head:
            unanswered += 1
            let loopBound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            bodyDeadline = context.eventLoop.scheduleTask(in: bodyTimeout) {
                let (guardian, context) = loopBound.value
                guardian.bodyIsLate(context)
            }
        case .body: break
        case .end: endBody()
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        // Nobody else asks for more; what a caller still sends is thrown away.
        if isEnding { context.read() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is HTTPParserError else {
            if !isEnding { context.fireErrorCaught(error) }
            return
        }
        guard !isEnding, !isBroken, refusal == nil else { return }
        if bodyDeadline != nil, unanswered == 1, !isAnswering {
            // Whoever reads this body answers.
            endBody()
            isBroken = true
            context.fireErrorCaught(error)
        } else if bodyDeadline != nil {
            context.close(promise: nil)
        } else {
            refuse(context, Problem(malformed: error))
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isEnding else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        var data = data
        switch unwrapOutboundIn(data) {
        case .head(var head):
            isAnswering = head.status.kind != .informational
            if isBroken {
                head.headerFields[.connection] = "close"
                data = wrapOutboundOut(.head(head))
            }
        case .body: break
        case .end:
            isAnswering = false
            unanswered -= 1
        }
        context.write(data, promise: promise)
        guard unanswered == 0 else { return }
        if let refusal {
            end(context, answering: refusal)
        } else if isBroken {
            context.flush()
            end(context)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        endBody()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        endBody()
    }

    private func endBody() {
        bodyDeadline?.cancel()
        bodyDeadline = nil
    }

    private func bodyIsLate(_ context: ChannelHandlerContext) {
        bodyDeadline = nil
        if unanswered == 1, !isAnswering {
            end(
                context,
                answering: Problem(
                    code: .requestTimedOut, detail: "The body did not arrive within \(bodyTimeout.seconds) s."))
        } else {
            // It was answered already, or stands behind others.
            context.close(promise: nil)
        }
    }

    private func refuse(_ context: ChannelHandlerContext, _ problem: Problem) {
        refusal = problem
        if unanswered == 0 { end(context, answering: problem) }
    }

    private func end(_ context: ChannelHandlerContext, answering problem: Problem) {
        logger.debug("connection refused", metadata: ["problem.code": "\(problem.code)", "error": "\(problem.detail)"])
        let response = problem.response
        var head = response.head
        let body = ByteBuffer(string: problem.text)
        head.headerFields[.connection] = "close"
        head.headerFields[.contentLength] = String(body.readableBytes)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(body)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        end(context)
    }

    private func end(_ context: ChannelHandlerContext) {
        isEnding = true
        endBody()
        context.close(mode: .output, promise: nil)
        let loopBound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: Self.lingering) { loopBound.value.close(promise: nil) }
        context.read()
    }
}

extension TimeAmount {
    fileprivate var seconds: Int64 { nanoseconds / 1_000_000_000 }
}

extension Problem {
    /// For bytes that are no HTTP/1.1 request, or one that parts on the way could read in two ways (RFC 9112, 6.3).
    init(malformed error: any Error) {
        if error as? HTTPParserError == .headerOverflow {
            self.init(code: .badRequest, detail: "The request's headers are larger than this service takes.")
        } else {
            self.init(code: .badRequest, detail: "This is no HTTP/1.1 request: \(error).")
        }
    }
}
