// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Spi;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Tests.Spi;

/// <summary>A controller that sends back what it gets, with all bits turned round, and notes each transfer as text: "0:0102/2" has
/// the chip select, what was sent, and how many bytes are wanted.</summary>
internal sealed class TestController : ISpiController
{
    private readonly Lock _lock = new();
    private readonly List<string> _transfers = [];
    private readonly SemaphoreSlim _gate = new(0);

    internal TestController(bool mayBlock = false, SpiAbilities? abilities = null)
    {
        Calls = mayBlock ? new HostCalls("spi-test") : null;
        Abilities = abilities ?? new SpiAbilities { ChipSelects = 2 };
    }

    public string Name => "spi-test";

    public SpiAbilities Abilities { get; }

    public int MaxLength { get; init; } = 4096;

    public HostCalls? Calls { get; }

    /// <summary>Transfers wait for <see cref="LetOneGo"/>.</summary>
    internal bool IsGated { get; set; }

    internal Errno FailWith { get; set; }

    internal Exception? Throws { get; set; }

    internal int Left { get; private set; }

    internal IReadOnlyList<string> Transfers
    {
        get
        {
            lock (_lock)
                return [.. _transfers];
        }
    }

    internal void LetOneGo() => _gate.Release();

    /// <summary>Nothing waits any more: for a test that ends early.</summary>
    internal void LetAllGo()
    {
        IsGated = false;
        _gate.Release(1000);
    }

    public Errno Transfer(SpiTransfer transfer)
    {
        lock (_lock)
            _transfers.Add($"{transfer.ChipSelect}:{Convert.ToHexStringLower(transfer.Sent)}/{transfer.Received.Length}");
        if (IsGated)
            _gate.Wait();
        if (Throws is not null)
            throw Throws;
        for (int i = 0; i < transfer.Received.Length; i++)
            transfer.Received[i] = (byte)~(transfer.Sends ? transfer.Sent[i] : i);
        return FailWith;
    }

    public void Leave(object guest) => Left++;

    public void Dispose()
    {
        Calls?.Dispose();
        _gate.Dispose();
    }
}
