package com.ondavia.player.session

import kotlinx.coroutines.runBlocking

// --8<-- [start:claim]
suspend fun moveTo(device: String, session: Session): Grant {
    val grant = sessions.claim(session.id, device = device, epoch = session.epoch)
    check(grant.epoch > session.epoch) { "an epoch never goes back" }
    return grant
}
// --8<-- [end:claim]

fun main() = runBlocking {
    println(moveTo("kitchen-2", sessions.current()))
}
