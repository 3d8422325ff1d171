from twisted.application.service import ServiceMaker

tokengate = ServiceMaker("tokengate", "tokengate.tap", "A gateway that takes tokens instead of credentials.", "tokengate")
