// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Tests.Shared;

namespace VhostDevice.Linux.Tests;

public class LoopMailboxTests : LeakChecked
{
    [Fact]
    public void What_is_added_is_delivered_in_order_on_the_loop()
    {
        const int Each = 5_000;
        using EventLoop loop = Expect.NewLoop();
        List<(int Thread, int Item)> delivered = [];
        int owner = 0;
        OnThread runner = OnThread.Start(() =>
        {
            owner = Environment.CurrentManagedThreadId;
            loop.Run().Ok();
        });
        LoopMailbox<(int Thread, int Item)> box = new(loop, 8, item =>
        {
            Assert.Equal(owner, Environment.CurrentManagedThreadId);
            delivered.Add(item);
            if (delivered.Count == 2 * Each)
                loop.Stop();
            return true;
        });
        OnThread[] senders = [.. Enumerable.Range(0, 2).Select(t => OnThread.Start(() =>
        {
            for (int i = 0; i < Each; i++)
            {
                SpinWait spin = default;
                while (!box.TryAdd((t, i)))
                    spin.SpinOnce();
            }
        }))];
        Array.ForEach(senders, s => s.Join());
        runner.Join();
        foreach (int thread in (int[])[0, 1])
            Assert.Equal(Enumerable.Range(0, Each), delivered.Where(d => d.Thread == thread).Select(d => d.Item));
    }

    [Fact]
    public void What_finds_no_room_is_refused()
    {
        using EventLoop loop = Expect.NewLoop();
        List<int> delivered = [];
        LoopMailbox<int> box = new(loop, 3, Keep(delivered));
        Assert.Equal([true, true, true, false, false], Enumerable.Range(1, 5).Select(box.TryAdd));
        Assert.Equal(3, box.Count);
        Turn(loop);
        Assert.Equal([1, 2, 3], delivered);
        Assert.True(box.TryAdd(6));
        Turn(loop);
        Assert.Equal([1, 2, 3, 6], delivered);
    }

    [Fact]
    public void What_finds_no_room_is_merged_with_the_last_where_that_makes_sense()
    {
        using EventLoop loop = Expect.NewLoop();
        List<int> delivered = [];
        LoopMailbox<int> box = new(loop, 2, Keep(delivered), (last, next) => (last * 10) + next);
        Assert.All(Enumerable.Range(1, 4), i => Assert.True(box.TryAdd(i)));
        Turn(loop);
        Assert.Equal([1, 234], delivered);
    }

    [Fact]
    public void What_is_cleared_is_never_delivered()
    {
        using EventLoop loop = Expect.NewLoop();
        List<int> delivered = [];
        LoopMailbox<int>? box = null;
        box = new(loop, 4, item =>
        {
            delivered.Add(item);
            if (item == 3)
                box!.Clear();
            return true;
        });
        Assert.True(box.TryAdd(1));
        box.Clear();
        Turn(loop);
        Assert.Equal([], delivered);
        // From within a delivery, too, and what comes after it is delivered again.
        Assert.All(Enumerable.Range(2, 3), i => Assert.True(box.TryAdd(i)));
        Turn(loop);
        Assert.True(box.TryAdd(5));
        Turn(loop);
        Assert.Equal([2, 3, 5], delivered);
    }

    [Fact]
    public void A_delivery_that_adds_again_lets_others_have_their_turn()
    {
        using EventLoop loop = Expect.NewLoop();
        int deliveries = 0;
        LoopMailbox<int>? box = null;
        box = new(loop, 1, _ =>
        {
            deliveries++;
            return box!.TryAdd(0);
        });
        Assert.True(box.TryAdd(0));
        bool other = false;
        loop.Post(() => other = true);
        Turn(loop);
        Assert.True(other);
        Assert.Equal(1, deliveries);
        Turn(loop);
        Assert.Equal(2, deliveries);
        box.Clear();
        Turn(loop);
        Assert.Equal(2, deliveries);
    }

    [Fact]
    public void A_delivery_that_fails_costs_nothing_that_is_behind_it()
    {
        using EventLoop loop = Expect.NewLoop();
        List<int> delivered = [];
        LoopMailbox<int> box = new(loop, 4, item =>
        {
            if (item == 1)
                throw new InvalidOperationException("the first");
            delivered.Add(item);
            return true;
        });
        Assert.All(Enumerable.Range(1, 3), i => Assert.True(box.TryAdd(i)));
        try
        {
            Turn(loop);
        }
        catch (InvalidOperationException)
        {
            // Whoever owns the loop hears of it.
        }

        Turn(loop);
        Assert.Equal([2, 3], delivered);
    }

    [Fact]
    public void Sending_and_delivering_allocates_nothing()
    {
        using EventLoop loop = Expect.NewLoop();
        long sum = 0;
        LoopMailbox<long> box = new(loop, 4, item => (sum += item) > 0);
        Assert.Equal(0, Allocated.Least(() =>
        {
            for (int i = 0; i < 10_000; i++)
            {
                for (int n = 0; n < 6; n++)
                    _ = box.TryAdd(1);
                _ = loop.Turn(0, out _);
            }
        }));
        Assert.True(sum >= 40_000);
    }

    [Fact]
    public void What_has_no_place_comes_first_when_there_is_one_again()
    {
        using EventLoop loop = Expect.NewLoop();
        List<int> delivered = [];
        int places = 1;
        LoopMailbox<int> box = new(loop, 3, item =>
        {
            if (places == 0)
                return false;
            places--;
            delivered.Add(item);
            return true;
        });
        Assert.All(Enumerable.Range(1, 3), i => Assert.True(box.TryAdd(i)));
        Turn(loop);
        Assert.Equal([1], delivered);
        // Nobody is woken for what has to wait anyhow, and the bound holds.
        Assert.True(box.TryAdd(4));
        Assert.False(box.TryAdd(5));
        Assert.Equal(3, box.Count);
        Turn(loop);
        Assert.Equal([1], delivered);
        places = 2;
        box.Resume();
        Assert.Equal([1, 2, 3], delivered);
        places = 9;
        box.Resume();
        Assert.Equal([1, 2, 3, 4], delivered);
        Assert.True(box.TryAdd(6));
        Turn(loop);
        Assert.Equal([1, 2, 3, 4, 6], delivered);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_has_no_place_does_not_outlive_a_clearing(bool whileItIsDelivered)
    {
        using EventLoop loop = Expect.NewLoop();
        List<int> delivered = [];
        bool place = false;
        LoopMailbox<int>? box = null;
        box = new(loop, 1, item =>
        {
            if (place)
                delivered.Add(item);
            else if (whileItIsDelivered)
                box!.Clear();
            return place;
        });
        Assert.True(box.TryAdd(1));
        Turn(loop);
        box.Clear();
        Assert.True(box.TryAdd(2));
        place = true;
        box.Resume();
        Assert.Equal([2], delivered);
    }

    /// <summary>What is merged while the only one is out for delivery is one of its own.</summary>
    [Fact]
    public void Nothing_is_merged_into_what_is_being_delivered()
    {
        using EventLoop loop = Expect.NewLoop();
        List<int> delivered = [];
        LoopMailbox<int>? box = null;
        box = new(
            loop,
            1,
            item =>
            {
                delivered.Add(item);
                return item != 1 || (box!.TryAdd(2) && box.TryAdd(3));
            },
            (last, next) => (last * 10) + next);
        Assert.True(box.TryAdd(1));
        Turn(loop);
        Turn(loop);
        Assert.Equal([1, 23], delivered);
    }

    [Fact]
    public void What_has_waited_longest_gives_its_place_where_that_is_wanted()
    {
        using EventLoop loop = Expect.NewLoop();
        List<int> delivered = [];
        LoopMailbox<int> box = new(loop, 3, Keep(delivered)) { DropsOldest = true };
        Assert.All(Enumerable.Range(1, 5), i => Assert.True(box.TryAdd(i)));
        Assert.Equal((3, 2ul), (box.Count, box.Dropped));
        Assert.True(box.TryAddAll([6, 7]));
        Turn(loop);
        Assert.Equal([5, 6, 7], delivered);
        Assert.Equal(4ul, box.Dropped);
    }

    /// <summary>The one that came back is the oldest, and beyond the bound.</summary>
    [Fact]
    public void What_came_back_gives_its_place_first()
    {
        using EventLoop loop = Expect.NewLoop();
        List<int> delivered = [];
        bool place = false;
        LoopMailbox<int>? box = null;
        box = new(loop, 2, item =>
        {
            if (place)
                delivered.Add(item);
            else
                Assert.True(box!.TryAdd(3));
            return place;
        })
        { DropsOldest = true };
        Assert.True(box.TryAddAll([1, 2]));
        Turn(loop);
        Assert.True(box.TryAdd(4));
        place = true;
        box.Resume();
        Assert.Equal([3, 4], delivered);
        Assert.Equal(2ul, box.Dropped);
    }

    [Fact]
    public void What_belongs_together_comes_whole_or_not_at_all()
    {
        using EventLoop loop = Expect.NewLoop();
        List<int> delivered = [];
        LoopMailbox<int> box = new(loop, 3, Keep(delivered), merge: static (_, _) => -1);
        Assert.True(box.TryAddAll([]));
        Assert.True(box.TryAddAll([1, 2]));
        Assert.False(box.TryAddAll([3, 4]));
        Assert.True(box.TryAddAll([5]));
        Assert.Throws<ArgumentOutOfRangeException>(() => box.TryAddAll([1, 2, 3, 4]));
        Turn(loop);
        Assert.Equal([1, 2, 5], delivered);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Who_was_refused_hears_of_room_once(bool byClearing)
    {
        using EventLoop loop = Expect.NewLoop();
        List<int> delivered = [];
        bool place = true;
        int told = 0;
        LoopMailbox<int> box = new(
            loop,
            2,
            item =>
            {
                if (place)
                    delivered.Add(item);
                return place;
            })
        { RoomAgain = () => told++ };
        Assert.True(box.TryAddAll([1, 2]));
        Turn(loop);
        Assert.Equal(0, told);
        place = false;
        Assert.True(box.TryAddAll([3, 4]));
        Turn(loop);
        Assert.False(box.TryAdd(5));
        Turn(loop);
        Assert.Equal(0, told);
        if (byClearing)
        {
            box.Clear();
            Turn(loop);
        }
        else
        {
            place = true;
            box.Resume();
        }

        Assert.Equal(1, told);
        Assert.Equal(byClearing ? [1, 2] : [1, 2, 3, 4], delivered);
        place = true;
        box.Resume();
        Assert.True(box.TryAdd(6));
        Turn(loop);
        Assert.Equal(1, told);
    }

    private static Func<int, bool> Keep(List<int> items) => item =>
    {
        items.Add(item);
        return true;
    };

    private static void Turn(EventLoop loop) => loop.Turn(0, out _).Ok();
}
