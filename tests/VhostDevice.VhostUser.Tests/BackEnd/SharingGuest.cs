// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.TestKit;
using VhostDevice.TestKit.Devices;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;
using Xunit;

namespace VhostDevice.VhostUser.Tests.BackEnd;

/// <summary>A <see cref="SharingDevice"/> and a front-end that takes part in all that it asks for.</summary>
internal sealed class SharingGuest : IDisposable
{
    internal const ulong Page = SharingDevice.Page;

    internal static readonly FrontEndDeviceOptions Options = TestOptions.Small with
    {
        ProtocolFeatures = TestOptions.Small.ProtocolFeatures | ProtocolFeatures.ShmemMap | ProtocolFeatures.SharedObject,
    };

    /// <param name="automatic">Whether requests are answered by themselves.</param>
    internal SharingGuest(bool automatic = true, FrontEndDeviceOptions? options = null)
    {
        BackEnd = new TestBackEnd<SharingDevice>(() => new SharingDevice());
        Front = BackEnd.Attach(options ?? Options);
        if (!automatic)
            Channel.AutomaticAnswer = null;
    }

    internal TestBackEnd<SharingDevice> BackEnd { get; }

    internal FrontEndDevice Front { get; }

    internal BackEndChannel Channel => Front.Connection.BackEndChannel!;

    internal SharedMemoryWindow Window => Front.SharedMemory![SharingDevice.Region]!;

    /// <summary>Serves what the back-end asks until so many of its requests have ended, and takes what they ended in.</summary>
    internal (string What, Errno Errno)[] Ends(int count)
    {
        long end = Environment.TickCount64 + (long)LoopThread.Patience.TotalMilliseconds;
        while (BackEnd.With(d => d.Ends.Count) < count)
        {
            if (Environment.TickCount64 > end)
                throw new TimeoutException($"{count} requests have ended: not in time");
            Channel.Pump();
            Thread.Yield();
        }

        return BackEnd.With(static d =>
        {
            (string, Errno)[] ends = [.. d.Ends];
            d.Ends.Clear();
            return ends;
        });
    }

    /// <summary>The next request, which nothing answers by itself.</summary>
    internal ReceivedMessage Take(BackEndRequest kind)
    {
        Assert.True(Channel.TryReceive(LoopThread.Patience, out ReceivedMessage? message), $"{WireNames.Of(kind)} comes");
        Assert.Equal((uint)kind, message!.Header.Request);
        Assert.True(message.NeedsReply);
        return message;
    }

    public void Dispose()
    {
        Front.Dispose();
        BackEnd.Dispose();
    }
}
