// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text;
using VhostDevice.Devices.Vsock;
using VhostDevice.Linux;
using Xunit;

namespace VhostDevice.Devices.Tests.Vsock;

/// <summary>What waits for a host program: bytes, or messages of which one may be unfinished.</summary>
public sealed class OutboxTests
{
    [Fact]
    public void Bytes_leave_in_the_order_in_which_they_came()
    {
        Outbox box = default;
        Add(ref box, "abcdef", skip: 2);
        Add(ref box, "ghi");
        Assert.Equal("cdefghi", Encoding.ASCII.GetString(box.Bytes));
        box.Remove(3);
        Add(ref box, new string('x', 10_000));
        Assert.Equal("fghi" + new string('x', 10_000), Encoding.ASCII.GetString(box.Bytes));
        box.Remove(box.Count);
        Assert.True(box.IsEmpty);
        Assert.False(box.CanGoOut);
        box.Drop();
    }

    [Fact]
    public void Half_a_message_goes_out_with_its_other_half_and_not_before()
    {
        Outbox box = default;
        AddPart(ref box, "ha");
        Assert.True(box.IsBlockedByHalfAMessage);
        Assert.False(box.CanGoOut);
        AddPart(ref box, "lf");
        box.EndMessage(endsRecord: true);
        Assert.True(box.CanGoOut);
        Assert.Equal(("half", true), First(box));
        Assert.Equal(4, box.RemoveMessage());
        Assert.True(box.IsEmpty);
        box.Drop();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void Half_a_message_is_dropped_and_whole_ones_stay(int whole)
    {
        Outbox box = default;
        for (int i = 0; i < whole; i++)
        {
            AddPart(ref box, $"message {i}");
            box.EndMessage(endsRecord: false);
        }

        AddPart(ref box, "the rest of this one will never come");
        box.DropHalfAMessage();
        box.DropHalfAMessage();
        for (int i = 0; i < whole; i++)
        {
            Assert.Equal(($"message {i}", false), First(box));
            _ = box.RemoveMessage();
        }

        Assert.True(box.IsEmpty);
        Assert.False(box.IsBlockedByHalfAMessage);
        box.Drop();
    }

    /// <summary>A message leaves while a later one is put together: the later one is found where it is now.</summary>
    [Fact]
    public void Messages_leave_while_another_one_comes()
    {
        Outbox box = default;
        AddPart(ref box, "first");
        box.EndMessage(endsRecord: false);
        AddPart(ref box, "sec");
        Assert.Equal(5, box.RemoveMessage());
        Assert.True(box.IsBlockedByHalfAMessage);
        AddPart(ref box, "ond");
        box.EndMessage(endsRecord: false);
        Assert.Equal(("second", false), First(box));
        box.Drop();
        Assert.True(box.IsEmpty);
    }

    [Fact]
    public void A_message_may_be_empty()
    {
        Outbox box = default;
        AddPart(ref box, "");
        box.EndMessage(endsRecord: false);
        Assert.True(box.CanGoOut);
        Assert.Equal(("", false), First(box));
        Assert.Equal(0, box.RemoveMessage());
        box.Drop();
    }

    private static (string Text, bool EndsRecord) First(Outbox box)
    {
        string text = Encoding.ASCII.GetString(box.FirstMessage(out bool endsRecord));
        return (text, endsRecord);
    }

    private static unsafe void Add(ref Outbox box, string text, int skip = 0)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(text);
        fixed (byte* p = bytes)
        {
            // In two pieces.
            IoVec[] pieces = [new(p, 1), new(p + 1, (nuint)(bytes.Length - 1))];
            box.Add(pieces, (nuint)skip, bytes.Length - skip);
        }
    }

    private static void AddPart(ref Outbox box, string text) =>
        Encoding.ASCII.GetBytes(text).CopyTo(box.AddPart(text.Length));
}
