// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Program.Tests.Hostile;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.BackEnd;
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Program.Tests.Reconnect;

/// <summary>Front-ends that leave in the middle of something: the next one is served, and nothing is left of them.</summary>
public sealed class LeaverTests : IDisposable
{
    private static readonly string s_guest = Path.Combine(AppContext.BaseDirectory, "VhostDevice.TestGuest");

    private readonly Survivor _survivor = new();

    public void Dispose() => _survivor.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_front_end_is_killed_under_load_and_replaced(bool packed)
    {
        Random random = new(packed ? 2 : 1);
        for (int i = 0; i < 20; i++)
        {
            using ChildProcess guest = ChildProcess.Start(s_guest, packed ? [_survivor.Socket, "--packed"] : [_survivor.Socket]);
            guest.Err.WaitFor("served");
            Thread.Sleep(random.Next(20));
            guest.Signal(Support.Libc.SIGKILL);
            Assert.Equal(128 + Support.Libc.SIGKILL, guest.WaitForExit());
        }

        _survivor.AssertUnharmed();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_set_up_that_ends_after_any_message_is_forgotten(bool waitsForAnswers)
    {
        for (int last = 0, steps = 0; last <= steps; last++)
        {
            using (FrontEndDevice front = Look())
            {
                if (!waitsForAnswers)
                    front.Connection.AckPolicy = AckPolicy.Never;
                IReadOnlyList<Action> handshake = HandshakeSteps.Of(front);
                steps = handshake.Count;
                foreach (Action step in handshake.Take(last))
                    step();
            }

            _survivor.AssertUnharmed();
        }
    }

    // Before memory and rings a front-end only looks, and the device is nobody's.
    [Fact]
    public void Half_set_up_connections_keep_nobody_out()
    {
        List<FrontEndDevice> half = [];
        try
        {
            while (half.Count < BackEndServer.MaxConnections - 1)
                half.Add(Look());
            using Guest guest = Guest.Connect(_survivor.Socket);
            Assert.Equal(64, guest.Ask(64).Length);
            // One too many gets the place of the one that was silent longest, after a while.
            using FrontEndConnection late = FrontEndConnection.Connect(_survivor.Socket);
            Assert.NotEqual(0ul, late.GetFeatures());
            Assert.True(half[0].Connection.WaitForDisconnect(Patience.Time));
            Assert.Equal(64, guest.Ask(64).Length);
        }
        finally
        {
            half.ForEach(static f => f.Dispose());
        }

        _survivor.AssertUnharmed();
    }

    private FrontEndDevice Look() => FrontEndDevice.Negotiate(FrontEndConnection.Connect(_survivor.Socket), Guest.Options);
}
