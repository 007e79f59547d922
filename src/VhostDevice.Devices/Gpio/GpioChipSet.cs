// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using Microsoft.Extensions.Logging;
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.Gpio;
using VhostDevice.Hosting;

namespace VhostDevice.Devices.Gpio;

/// <summary>The chips of <c>--device-list</c>, open for as long as the program runs: one entry for each socket.</summary>
internal sealed class GpioChipSet : IDisposable
{
    private readonly List<(IGpioChip Chip, GpioLineChoice[] Lines)> _bySocket = [];
    private readonly List<IDisposable> _owned = [];

    /// <exception cref="StartupException">A chip that cannot be had, or lines that it has not, or that two sockets want.</exception>
    internal GpioChipSet(IReadOnlyList<GpioChipChoice> choices, ILogger log)
    {
        try
        {
            foreach (GpioChipChoice choice in choices)
                Add(choice, log);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The chips, in the order of the list.</summary>
    internal IReadOnlyList<string> Names => [.. _bySocket.Select(static s => s.Chip.Name)];

    /// <summary>The device for a connection to the socket of that index.</summary>
    /// <param name="name">Who has the lines, for others on the host.</param>
    internal GpioDevice MakeDevice(int socket, string name, ILogger log) =>
        new(_bySocket[socket].Chip, _bySocket[socket].Lines, name, log);

    public void Dispose()
    {
        foreach (IDisposable owned in _owned)
            owned.Dispose();
        _owned.Clear();
    }

    private void Add(GpioChipChoice choice, ILogger log)
    {
        IGpioChip chip = choice.Chip is null ? Simulate(choice.SimulatedLines) : Open(choice.Chip);
        if (!choice.TryResolve(chip, out GpioLineChoice[] lines, out string problem))
            throw new StartupException($"--device-list: {problem}");
        // The same chip may be named in several ways.
        foreach ((IGpioChip other, GpioLineChoice[] taken) in _bySocket)
        {
            if (other == chip
                && taken.IntersectBy(lines.Select(l => l.HostLine), l => l.HostLine)
                    .FirstOrDefault(new GpioLineChoice(-1)) is { HostLine: >= 0 } twice)
                throw new StartupException($"--device-list: line {twice.HostLine} of {chip.Name} is in the list twice: a line is one guest's alone");
        }

        // Who asks for certain lines wants to know. Of a whole chip, the kernel often has some.
        foreach (GpioLineChoice line in choice.Ranges is null ? [] : lines)
        {
            if (chip.UserOf(line.HostLine) is { } user)
                log.LogWarning(
                    "line {Line} of {Chip} is in use by \"{User}\"; the guest cannot have it until it is free",
                    line.HostLine,
                    chip.Name,
                    user);
        }

        _bySocket.Add((chip, lines));
    }

    private IGpioChip Open(string name)
    {
        if (!GpioChips.TryOpen(name, out KernelGpioChip? chip, out string problem))
            throw new StartupException($"--device-list: {problem}");
        if (_bySocket.Find(s => s.Chip is KernelGpioChip && s.Chip.Name == chip!.Name).Chip is { } open)
        {
            chip!.Dispose();
            return open;
        }

        _owned.Add(chip!);
        return chip!;
    }

    private SimulatedGpioChip Simulate(int lines)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"s{lines}");
        Board board = new(name);
        _owned.Add(board);
        return new SimulatedGpioChip(
            board,
            name,
            [.. Enumerable.Range(0, lines).Select(i => string.Create(CultureInfo.InvariantCulture, $"dummy{i}"))]);
    }
}
