// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;
using Xunit;

namespace VhostDevice.VhostUser.Tests.BackEnd;

/// <summary>Payloads written by hand, and answers looked at byte by byte.</summary>
internal static class Payloads
{
    /// <summary>
    /// What every device offers: 24 NOTIFY_ON_EMPTY, 26 LOG_ALL, 28 INDIRECT_DESC, 29 EVENT_IDX, 30 PROTOCOL_FEATURES,
    /// 32 VERSION_1, 34 RING_PACKED, 40 RING_RESET.
    /// </summary>
    internal const ulong Transport = 1UL << 24 | 1UL << 26 | 1UL << 28 | 1UL << 29 | 1UL << 30 | 1UL << 32 | 1UL << 34 | 1UL << 40;

    internal static byte[] Number(ulong value) => Of(value);

    internal static byte[] State(uint index, uint number) => Of(new VringState { Index = index, Num = number });

    internal static byte[] Config(uint offset, uint size, uint flags, params ReadOnlySpan<byte> data) =>
        [.. Of(new ConfigHeader { Offset = offset, Size = size, Flags = flags }), .. data];

    internal static byte[] Of<T>(T value)
        where T : unmanaged => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)).ToArray();

    /// <summary>The next message answers this request, and with these bytes.</summary>
    internal static void AssertAnswer(FrontEndConnection connection, FrontEndRequest request, params ReadOnlySpan<byte> payload)
    {
        using ReceivedMessage answer = connection.Receive();
        AssertAnswer(answer, request, payload);
    }

    internal static void AssertAnswer(ReceivedMessage answer, FrontEndRequest request, params ReadOnlySpan<byte> payload)
    {
        Assert.Equal((uint)request, answer.Header.Request);
        Assert.Equal(MessageFlags.Version1 | MessageFlags.Reply, answer.Header.Flags);
        Assert.Equal(payload.ToArray(), answer.Payload);
        Assert.Empty(answer.Fds);
    }

    /// <summary>The connection is served, and no answer to something else is on its way.</summary>
    internal static void AssertServed(FrontEndConnection connection)
    {
        connection.Send(FrontEndRequest.GetFeatures);
        using ReceivedMessage answer = connection.Receive();
        Assert.Equal((uint)FrontEndRequest.GetFeatures, answer.Header.Request);
        Assert.Equal(8, answer.Payload.Length);
    }
}
