// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.Wire;

namespace VhostDevice.VhostUser.FrontEnd;

/// <summary>What a back-end said to a request that has no answer of its own (vhost-user, "REPLY_ACK").</summary>
/// <param name="Request">The request.</param>
/// <param name="IsReceived">False: no answer was asked for, so nothing is known.</param>
/// <param name="Code">0 for success; back-ends choose the other numbers.</param>
public readonly record struct Ack(FrontEndRequest Request, bool IsReceived, ulong Code)
{
    public bool IsPositive => IsReceived && Code == 0;

    public bool IsNegative => IsReceived && Code != 0;

    /// <summary>Throws <see cref="FrontEndException"/> (<see cref="FrontEndFailure.Refused"/>) for a negative answer.</summary>
    public void ThrowIfNegative()
    {
        if (IsNegative)
            throw new FrontEndException(FrontEndFailure.Refused, $"{WireNames.Of(Request)}: the back-end refused with {Code}", Request);
    }
}
