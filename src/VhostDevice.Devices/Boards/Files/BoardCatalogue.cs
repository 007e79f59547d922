// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Can;
using VhostDevice.Devices.Boards.Can.Ecu;
using VhostDevice.Devices.Boards.Gpio;
using VhostDevice.Devices.Boards.I2c;
using VhostDevice.Devices.Boards.Input;
using VhostDevice.Devices.Boards.Scmi;
using VhostDevice.Devices.Boards.Spi;

namespace VhostDevice.Devices.Boards.Files;

/// <summary>What board files can say: kinds of ports, and models of parts.</summary>
public sealed class BoardCatalogue
{
    /// <param name="ports">In the order in which their sections are read and their sockets are served.</param>
    /// <param name="models">In the order in which messages list them.</param>
    /// <exception cref="ArgumentException">Two have the same name.</exception>
    public BoardCatalogue(IReadOnlyList<PortKind> ports, IReadOnlyList<PartModel> models)
    {
        if (ports.GroupBy(p => p.Section).FirstOrDefault(g => g.Count() > 1) is { } section)
            throw new ArgumentException($"two kinds of ports have the section '{section.Key}'", nameof(ports));
        if (models.GroupBy(m => (m.Name, m.Bus)).FirstOrDefault(g => g.Count() > 1) is { } model)
            throw new ArgumentException($"two models of one bus are called '{model.Key.Name}'", nameof(models));
        Ports = ports;
        Models = models;
        Verbs = [.. ports.SelectMany(p => p.Verbs).Concat(models.SelectMany(m => m.Verbs)).Distinct()];
    }

    /// <summary>Everything that this library has.</summary>
    public static BoardCatalogue BuiltIn { get; } = new(
        [new I2cPortKind(), new GpioPortKind(), new SpiPortKind(), new CanPortKind(), new InputPortKind(), new SocPortKind()],
        [.. I2cModels.All, .. SpiModels.All, .. WiredModels.All, .. EcuModels.All]);

    public IReadOnlyList<PortKind> Ports { get; }

    public IReadOnlyList<PartModel> Models { get; }

    /// <summary>What people can do with parts, besides setting their parameters.</summary>
    public IReadOnlyList<PartVerb> Verbs { get; }

    /// <summary>The same as commands, each name once.</summary>
    public IReadOnlyList<VerbForm> Commands => [.. Verbs.GroupBy(v => v.Name).Select(VerbForm.Of)];

    /// <summary>The same with more.</summary>
    /// <exception cref="ArgumentException">Something of that name is there already.</exception>
    public BoardCatalogue With(IReadOnlyList<PortKind> ports, IReadOnlyList<PartModel> models) =>
        new([.. Ports, .. ports], [.. Models, .. models]);
}
