from twisted.application.service import ServiceMaker

tokengate = ServiceMaker("tokengate", "tokengate.tap", "A gateway: tokens in, credentials out.", "tokengate")
