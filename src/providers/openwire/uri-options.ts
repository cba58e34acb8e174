/** Names of options, and what each means or what to do instead. All names are those of ActiveMQ's Java client. */
type Options = Readonly<Record<string, string>>

/** What the provider does as it is told. */
const OF_THE_PROVIDER: Options = {
  'wireFormat.maxInactivityDuration':
    'ms of silence after which either side is dead, 0 for never; two heartbeats by default',
  'wireFormat.maxInactivityDurationInitalDelay': 'ms before the broker looks for silence; 10000 by default',
  'wireFormat.maxFrameSize': 'largest frame this client takes, in bytes; 268435456 by default',
  'wireFormat.version': 'highest version to speak, 10 to 12; 12 by default',
  'wireFormat.host': 'host that the broker is told; that of the URI by default',
  'wireFormat.tcpNoDelayEnabled': 'false lets the broker hold back small packets; true by default',
  'jms.useCompression': 'true compresses the bodies of messages that are sent',
  'jms.useAsyncSend': 'true sends without waiting for the broker, which may lose messages',
  'jms.prefetchPolicy.all':
    'messages that a consumer may hold ahead of the application, where that is less than prefetch',
  'jms.prefetchPolicy.queuePrefetch': 'the same for queues',
  'jms.prefetchPolicy.topicPrefetch': 'the same for topics',
  'jms.prefetchPolicy.durableTopicPrefetch': 'the same for durable subscriptions',
  'jms.prefetchPolicy.queueBrowserPrefetch': 'the same for queue browsers',
  'jms.prefetchPolicy.maximumPendingMessageLimit':
    'messages that the broker keeps for a slow consumer of a topic beyond those, where it has a limit of its own that is larger',
  'jms.exclusiveConsumer': 'true makes the consumers of queues exclusive',
  'jms.useRetroactiveConsumer':
    'true has consumers of topics get messages from before them, where the broker keeps some',
  'jms.dispatchAsync': 'false has the broker write to a consumer in the thread of the sender; true by default',
}

/** What sets options of `connect()`. */
export const OF_CONNECT: Options = {
  'jms.clientID': 'sets clientId',
  'jms.userName': 'sets username',
  'jms.password': 'sets password',
  'jms.sendTimeout': 'sets sendTimeout; 0 for no limit',
  'jms.closeTimeout': 'sets closeTimeout; 0 for no limit',
  'jms.requestTimeout': 'sets requestTimeout; 0 for no limit',
  'jms.connectResponseTimeout': 'sets connectTimeout; 0 leaves that as it is',
  'jms.redeliveryPolicy.maximumRedeliveries': 'sets that of redelivery; 6 by default, -1 for no limit',
  'jms.redeliveryPolicy.initialRedeliveryDelay': 'ms before the first redelivery; 1000 by default',
  'jms.redeliveryPolicy.redeliveryDelay': 'ms before the others, without a back-off; 1000 by default',
  'jms.redeliveryPolicy.useExponentialBackOff': 'true has delays grow; false by default',
  'jms.redeliveryPolicy.backOffMultiplier': 'factor from each delay to the next; 5 by default',
  'jms.redeliveryPolicy.maximumRedeliveryDelay': 'ms that no delay grows beyond; -1, the default, for no limit',
  'jms.redeliveryPolicy.useCollisionAvoidance': 'true varies delays at random; false by default',
  'jms.redeliveryPolicy.collisionAvoidancePercent': 'by how much in either direction; 15 by default',
}

/** What has one value here, and why, or what does the same as another value. */
export const FIXED: Readonly<Record<string, readonly [value: string, otherwise: string]>> = {
  'wireFormat.cacheEnabled': ['false', 'polymq sends every id in full; leave it out'],
  'wireFormat.tightEncodingEnabled': [
    'false',
    'polymq speaks the loose encoding, which every broker takes; leave it out',
  ],
  'wireFormat.stackTraceEnabled': ['false', 'polymq has no use for the stack traces of the broker; leave it out'],
  'jms.watchTopicAdvisories': [
    'false',
    'polymq does not watch the temporary destinations of others; leave it out, or consume the topics of advisories',
  ],
  'jms.alwaysSyncSend': [
    'true',
    'every send is confirmed, which holds up no other; leave it out, or set jms.useAsyncSend=true to have none confirmed',
  ],
  'jms.optimizeAcknowledge': ['false', 'leave it out and use sessions with the acknowledge mode dups-ok'],
  'jms.sendAcksAsync': ['true', 'leave it out; acknowledge() of sessions with the mode client waits for the broker'],
  'jms.checkForDuplicates': ['false', 'leave it out and give consumers the option duplicateWindow'],
  'jms.consumerExpiryCheckEnabled': [
    'false',
    'the broker drops what has expired before it sends it; leave it out, and where messages wait here for long look at their expiration',
  ],
  'jms.consumerFailoverRedeliveryWaitPeriod': [
    '0',
    'a transaction whose broker was lost is rolled back at once; leave it out',
  ],
  'jms.disableTimeStampsByDefault': ['false', 'leave it out and give producers the option disableTimestamp'],
  'jms.messagePrioritySupported': [
    'false',
    'a consumer takes messages in the order of the broker; leave it out, and set prioritizedMessages at the broker with a small prefetch',
  ],
  'jms.nestedMapAndListEnabled': ['true', 'maps and lists in maps are always read; leave it out'],
  'jms.nonBlockingRedelivery': [
    'false',
    'a consumer waits with the message that failed, which keeps the order; leave it out, and use release() to let others pass',
  ],
  'jms.producerWindowSize': ['0', 'leave it out and use the option maxPendingSendBytes of connect()'],
  'jms.redeliveryPolicy.preDispatchCheck': ['true', 'leave it out; maximumRedeliveries=-1 has every message delivered'],
  'jms.rmIdFromConnectionId': ['false', 'there are no XA transactions here; leave it out'],
  'jms.statsEnabled': ['false', 'there are no statistics here; leave it out'],
}

const THREADS = 'without effect: there is one thread'
const NEVER_RUN = 'without effect: objects of Java arrive as their bytes'
const WITH_OPTIMIZED = 'without effect, as without jms.optimizeAcknowledge'

/** What may have any value, as nothing that an application sees comes of it here. */
const WITHOUT_EFFECT: Options = {
  'jms.alwaysSessionAsync': THREADS,
  'jms.maxThreadPoolSize': THREADS,
  'jms.useDedicatedTaskRunner': THREADS,
  'jms.useVirtualThreadTaskRunner': THREADS,
  'jms.trustAllPackages': NEVER_RUN,
  'jms.trustedPackages': NEVER_RUN,
  'jms.optimizeAcknowledgeTimeOut': WITH_OPTIMIZED,
  'jms.optimizedAckScheduledAckInterval': WITH_OPTIMIZED,
  'jms.auditDepth': 'without effect: the option duplicateWindow of a consumer says how many ids are remembered',
  'jms.auditMaximumProducerNumber': 'without effect: duplicateWindow is for all producers',
  'jms.copyMessageOnSend': 'without effect: what is sent may be changed as soon as send() has returned',
  'jms.objectMessageSerializationDefered': 'without effect: an object is serialised when it is sent',
  'jms.optimizedMessageDispatch': 'without effect: the prefetch of durable subscriptions is the same in all modes',
  'jms.prefetchPolicy.optimizeDurableTopicPrefetch': 'without effect: jms.prefetchPolicy.durableTopicPrefetch counts',
  'jms.strictCompliance': 'without effect: properties have the types of JMS alone',
  'jms.transactedIndividualAck': 'without effect: each message is acknowledged by itself, and by the commit',
  'jms.warnAboutUnstartedConnectionTimeout': 'without effect: a connection is started unless autoStart is false',
}

const OBJECT_OF_JAVA = 'it is an object of Java'
const ONE_POLICY = 'the policy is that of the connection; make another connection for other destinations'
const NO_BLOBS = 'there are no blob messages; send the URL of the content, or the content as bytes'
const PREFIX = 'ids begin with those of polymq; leave it out'

/** What has no counterpart, and what to do. */
export const REFUSED: Options = {
  'jms.clientIDPrefix': 'a connection without a client id has one of its own making; leave it out, or set jms.clientID',
  'jms.connectionIDPrefix': PREFIX,
  'jms.brokerURL': 'connect() takes the URIs of all brokers; leave it out',
  'jms.maxInflatedDataSizeRatio': 'a body may become ten times wireFormat.maxFrameSize; set that',
  'jms.xaAckMode': 'there are no XA transactions here; leave it out',
  'jms.prefetchPolicy.inputStreamPrefetch': 'streams over messages went from the Java client, too; leave it out',
  'jms.prefetchPolicy': `${OBJECT_OF_JAVA}; set jms.prefetchPolicy.all`,
  'jms.redeliveryPolicy': `${OBJECT_OF_JAVA}; set jms.redeliveryPolicy.maximumRedeliveries and its like`,
  'jms.redeliveryPolicyMap': ONE_POLICY,
  'jms.redeliveryPolicy.destination': ONE_POLICY,
  'jms.redeliveryPolicy.queue': ONE_POLICY,
  'jms.redeliveryPolicy.topic': ONE_POLICY,
  'jms.redeliveryPolicy.tempQueue': ONE_POLICY,
  'jms.redeliveryPolicy.tempTopic': ONE_POLICY,
  'jms.blobTransferPolicy': NO_BLOBS,
  'jms.blobTransferPolicy.brokerUploadUrl': NO_BLOBS,
  'jms.blobTransferPolicy.bufferSize': NO_BLOBS,
  'jms.blobTransferPolicy.defaultUploadUrl': NO_BLOBS,
  'jms.blobTransferPolicy.uploadStrategy': NO_BLOBS,
  'jms.blobTransferPolicy.uploadUrl': NO_BLOBS,
  'jms.clientInternalExceptionListener': `${OBJECT_OF_JAVA}; listen to the event error of the connection`,
  'jms.exceptionListener': `${OBJECT_OF_JAVA}; listen to the events error and closed of the connection`,
  'jms.transportListener': `${OBJECT_OF_JAVA}; listen to the events interrupted and resumed of the connection`,
  'jms.transformer': `${OBJECT_OF_JAVA}; change messages before send() and after they are received`,
  'jms.rejectedTaskHandler': `${OBJECT_OF_JAVA}, for its threads; leave it out`,
  'jms.sessionTaskRunner': `${OBJECT_OF_JAVA}, for its threads; leave it out`,
}

/** Options that an OpenWire URI may carry; the URI parser refuses all others. */
export const URI_OPTIONS: ReadonlySet<string> = new Set(
  [OF_THE_PROVIDER, OF_CONNECT, FIXED, WITHOUT_EFFECT, REFUSED].flatMap((options) => Object.keys(options)),
)
