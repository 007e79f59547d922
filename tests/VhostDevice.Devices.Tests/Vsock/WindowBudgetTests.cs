// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Vsock;
using Xunit;

namespace VhostDevice.Devices.Tests.Vsock;

/// <summary>How much all connections of one guest may make the daemon keep.</summary>
public sealed class WindowBudgetTests
{
    [Theory]
    [InlineData(4096u)]
    [InlineData(256u << 10)]
    [InlineData(2u << 20)]
    [InlineData(VsockGuest.MaxBufferSize)]
    public void However_many_streams_there_are_their_windows_have_a_bound(uint full)
    {
        WindowBudget budget = new(full);
        Assert.Equal(full, budget.Take(messages: false));
        for (int i = 1; i < 65536; i++)
            Assert.InRange(budget.Take(messages: false), Math.Min(full, WindowBudget.MinWindow), full);
        Assert.InRange(budget.Taken, 65536ul, WindowBudget.TotalOf(full) + (65536ul * WindowBudget.MinWindow));
    }

    [Fact]
    public void Nine_hundred_connections_get_what_was_asked_for()
    {
        WindowBudget budget = new(VsockGuest.DefaultBufferSize);
        for (int i = 0; i < 900; i++)
            Assert.Equal(VsockGuest.DefaultBufferSize, budget.Take(messages: false));
    }

    [Fact]
    public void A_connection_of_messages_gets_a_full_window_or_none()
    {
        WindowBudget budget = new(VsockGuest.DefaultBufferSize);
        int count = 0;
        while (budget.Take(messages: true) is var window and > 0)
        {
            Assert.Equal(VsockGuest.DefaultBufferSize, window);
            count++;
        }

        Assert.Equal((int)(WindowBudget.MinTotal / VsockGuest.DefaultBufferSize), count);
        // One that ends makes room for another.
        budget.Return(VsockGuest.DefaultBufferSize);
        Assert.Equal(VsockGuest.DefaultBufferSize, budget.Take(messages: true));
    }

    [Fact]
    public void What_is_given_back_is_there_again()
    {
        WindowBudget budget = new(VsockGuest.DefaultBufferSize);
        List<uint> windows = [.. Enumerable.Range(0, 5000).Select(_ => budget.Take(messages: false))];
        Assert.Equal(WindowBudget.MinWindow, windows[^1]);
        windows.ForEach(w => budget.Return(w));
        Assert.Equal(0ul, budget.Taken);
        Assert.Equal(VsockGuest.DefaultBufferSize, budget.Take(messages: false));
    }
}
