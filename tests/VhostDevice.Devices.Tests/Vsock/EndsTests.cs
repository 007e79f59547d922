// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Vsock;
using Xunit;

namespace VhostDevice.Devices.Tests.Vsock;

/// <summary>Who has ended which direction, and what follows: every combination there is.</summary>
public sealed class EndsTests
{
    private const string Flags = "-RSB";

    /// <summary>
    /// The rules, as patterns of: what the guest does no more, what the host program does no more, what the guest has been
    /// told (- nothing, R receive, S send, B both; ? anything), whether bytes for the guest, and for the host program, are
    /// left (0, 1, ?). Then: what the guest is told now, whether the socket's writing end is shut, and where that leaves
    /// the connection. Its reading end is shut whenever the guest receives nothing.
    /// </summary>
    private static readonly string[] s_rules =
    [
        // The guest has closed: nothing more is told, and what it sent goes out first, if anybody reads it.
        "B -?  ?1  - 0 Drain",
        "B S?  ?1  - 0 Drain",
        "B -?  ?0  - 1 Finish",
        "B S?  ?0  - 1 Finish",
        "B R?  ??  - 1 Finish",
        "B B?  ??  - 1 Finish",

        // It was told of both directions before, and answers with its reset.
        "- ?B  ??  - 0 AwaitReset",
        "R ?B  ??  - 0 AwaitReset",
        "S -B  ?0  - 1 AwaitReset",
        "S -B  ?1  - 0 AwaitReset",
        "S SB  ?0  - 1 AwaitReset",
        "S SB  ?1  - 0 AwaitReset",
        "S RB  ??  - 1 AwaitReset",
        "S BB  ??  - 1 AwaitReset",

        // The guest receives: the end comes after the last byte, and what is over is told in one packet.
        "- --  0?  - 0 Open",
        "- -R  0?  - 0 Open",
        "- -S  0?  - 0 Open",
        "- ?-  1?  - 0 Open",
        "- ?R  1?  - 0 Open",
        "- ?S  1?  - 0 Open",
        "- R-  0?  R 0 Open",
        "- S-  0?  S 0 Open",
        "- B-  0?  B 0 AwaitReset",
        "- RR  0?  - 0 Open",
        "- SS  0?  - 0 Open",
        "- RS  0?  B 0 AwaitReset",
        "- SR  0?  B 0 AwaitReset",
        "- BR  0?  B 0 AwaitReset",
        "- BS  0?  B 0 AwaitReset",

        // The guest sends nothing more: the same, and the program reads the end once it has got the rest.
        "S --  ?0  - 1 Open",
        "S --  ?1  - 0 Open",
        "S -R  ?0  - 1 Open",
        "S -R  ?1  - 0 Open",
        "S -S  ?0  - 1 Open",
        "S -S  ?1  - 0 Open",
        "S S-  10  - 1 Open",
        "S S-  11  - 0 Open",
        "S S-  00  S 1 Open",
        "S S-  01  S 0 Open",
        "S SR  10  - 1 Open",
        "S SR  11  - 0 Open",
        "S SR  00  B 1 AwaitReset",
        "S SR  01  B 0 AwaitReset",
        "S SS  ?0  - 1 Open",
        "S SS  ?1  - 0 Open",
        "S R-  1?  - 1 Open",
        "S R-  0?  R 1 Open",
        "S RR  ??  - 1 Open",
        "S RS  1?  - 1 Open",
        "S RS  0?  B 1 AwaitReset",
        "S B-  1?  - 1 Open",
        "S B-  0?  B 1 AwaitReset",
        "S BR  1?  - 1 Open",
        "S BR  0?  B 1 AwaitReset",
        "S BS  1?  - 1 Open",
        "S BS  0?  B 1 AwaitReset",

        // The guest receives nothing: no byte for it holds up anything, and a program that reads nothing is the end of all.
        "R --  ??  - 0 Open",
        "R -R  ??  - 0 Open",
        "R -S  ??  - 0 Open",
        "R S-  ??  S 0 Open",
        "R SR  ??  B 0 AwaitReset",
        "R SS  ??  - 0 Open",
        "R R-  ??  B 0 AwaitReset",
        "R RR  ??  B 0 AwaitReset",
        "R RS  ??  B 0 AwaitReset",
        "R B-  ??  B 0 AwaitReset",
        "R BR  ??  B 0 AwaitReset",
        "R BS  ??  B 0 AwaitReset",
    ];

    [Fact]
    public void Every_combination_of_ends_has_one_rule_and_follows_it()
    {
        for (uint i = 0; i < 256; i++)
        {
            Ends ends = new() { Guest = i & 3, Host = (i >> 2) & 3, ShutdownSent = (i >> 4) & 3 };
            bool toGuest = (i & 64) != 0;
            bool toHost = (i & 128) != 0;
            string left = $"{(toGuest ? 1 : 0)}{(toHost ? 1 : 0)}";
            string input = $"{Flags[(int)ends.Guest]} {Flags[(int)ends.Host]}{Flags[(int)ends.ShutdownSent]}  {left}";
            string rule = Assert.Single(s_rules, r => Matches(r, input));
            EndStep step = ends.Next(toGuest, toHost);
            bool shutsWriting = (step.Shut & VsockFlags.ShutdownSend) != 0;
            Assert.Equal(rule[input.Length..], $"  {Flags[(int)step.Shutdown]} {(shutsWriting ? 1 : 0)} {step.State}");
            Assert.Equal(!ends.GuestReceives, (step.Shut & VsockFlags.ShutdownReceive) != 0);
        }
    }

    /// <summary>A connection whose ends nobody has touched is not asked what comes next.</summary>
    [Fact]
    public void Without_an_end_nothing_comes_next_and_any_end_is_seen()
    {
        for (uint i = 0; i < 64; i++)
        {
            Ends ends = new() { Guest = i & 3, Host = (i >> 2) & 3, ShutdownSent = i >> 4 };
            Assert.Equal(i == 0, ends.IsUntouched);
        }

        EndStep nothing = new(0, 0, EndState.Open);
        foreach (bool toGuest in (bool[])[false, true])
        {
            Assert.Equal(nothing, default(Ends).Next(toGuest, moreToHost: false));
            Assert.Equal(nothing, default(Ends).Next(toGuest, moreToHost: true));
        }
    }

    /// <summary>What was done is not done again, and whatever the two sides do next, the connection gets to its end.</summary>
    [Fact]
    public void From_every_combination_the_end_is_reached()
    {
        for (uint start = 0; start < 64; start++)
        {
            Ends ends = new() { Guest = start & 3, Host = (start >> 2) & 3, ShutdownSent = start >> 4 };
            // Both go on to say that they are done, and nothing is left.
            ends.Host = VsockFlags.ShutdownBoth;
            EndStep step = ends.Next(moreToGuest: false, moreToHost: false);
            ends.ShutdownSent |= step.Shutdown;
            ends.Shut |= step.Shut;
            Assert.Contains(step.State, (EndState[])[EndState.Finish, EndState.AwaitReset]);
            EndStep again = ends.Next(moreToGuest: false, moreToHost: false);
            Assert.Equal((0u, 0u, step.State), (again.Shutdown, again.Shut, again.State));
            ends.Guest = VsockFlags.ShutdownBoth;
            Assert.Equal(EndState.Finish, ends.Next(moreToGuest: true, moreToHost: true).State);
        }
    }

    private static bool Matches(string rule, string input)
    {
        for (int i = 0; i < input.Length; i++)
        {
            if (rule[i] != '?' && rule[i] != input[i])
                return false;
        }

        return true;
    }
}
