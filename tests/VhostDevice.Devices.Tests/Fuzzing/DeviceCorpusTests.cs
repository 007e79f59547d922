// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Fuzz;
using VhostDevice.Fuzz.Device;
using VhostDevice.Fuzz.Device.Vsock;
using VhostDevice.Fuzz.Modes;
using VhostDevice.TestKit;
using Xunit;

namespace VhostDevice.Devices.Tests.Fuzzing;

/// <summary>Everything that fuzzing sessions of the devices ever found worth keeping, once more.</summary>
[Collection(DeviceCollection.Name)]
public sealed class DeviceCorpusTests : LeakChecked
{
    // The runtime's own loop for sockets comes with the first one, and stays.
    static DeviceCorpusTests()
    {
        using VsockFuzzTarget target = new();
        target.Run([5, 0, 0, 1, 1, 1, 0, 4, 0, 0, 1, 1, 63, 7, 0, 0, 7, 3, 0]);
    }

    /// <summary>The targets that are devices.</summary>
    public static TheoryData<string> Names =>
        [.. Targets.All.Where(t => t.GetType().Namespace!.StartsWith(typeof(I2cTarget).Namespace!, StringComparison.Ordinal)).Select(t => t.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_input_of_the_corpus_keeps_the_promises(string name)
    {
        string[] files = [.. Replay.Files([Corpus(name)])];
        Assert.NotEmpty(files);
        IFuzzTarget target = Targets.Find(name)!;
        using IDisposable? ends = target as IDisposable;
        Assert.All(files, file => target.Run(File.ReadAllBytes(file)));
    }

    // Otherwise a change of the format would silently turn them into noise: write them again with `seeds`.
    [Theory]
    [MemberData(nameof(Names))]
    public void The_hand_made_inputs_are_in_the_corpus_as_they_are_made(string name) =>
        Assert.All(Targets.Find(name)!.Seeds, seed => Assert.Equal(seed.Input, File.ReadAllBytes(Path.Combine(Corpus(name), seed.Name))));

    // They are worth their place only if they get as far as they were made for.
    [Theory]
    [InlineData("read", 2, 1, 0, 0)]
    [InlineData("scan", 8, 7, 0, 0)]
    [InlineData("no-end", 1, 0, 0, 1)]
    [InlineData("pieces", 1, 1, 0, 0)]
    [InlineData("no-status", 0, 0, 1, 0)]
    [InlineData("leaves-in-between", 1, 0, 0, 1)]
    public void Hand_made_inputs_of_i2c_do_what_their_name_says(string name, int answered, int transfers, int malformed, int cut)
    {
        I2cTarget target = new();
        target.Run(target.Seeds.Single(s => s.Name == name).Input);
        Assert.Equal((answered, transfers, malformed, cut), (target.Answered, target.Transfers, target.Malformed, target.Cut));
    }

    [Theory]
    [InlineData("edge", 1, 0)]
    [InlineData("level", 2, 0)]
    [InlineData("disabled-while-armed", 0, 1)]
    [InlineData("armed-twice", 0, 2)]
    [InlineData("wired-interrupt", 1, 0)]
    [InlineData("leaves-armed", 0, 1)]
    public void Hand_made_inputs_of_gpio_do_what_their_name_says(string name, int valid, int invalid)
    {
        GpioTarget target = new();
        target.Run(target.Seeds.Single(s => s.Name == name).Input);
        Assert.Equal((valid, invalid), (target.Valid, target.Invalid));
    }

    [Theory]
    [InlineData("wire", 1, 1, 0)]
    [InlineData("program-and-read", 4, 4, 0)]
    [InlineData("each-chip", 8, 8, 0)]
    [InlineData("no-such-chip", 1, 0, 1)]
    [InlineData("modes", 33, 32, 1)]
    [InlineData("unequal", 1, 0, 1)]
    [InlineData("no-result", 0, 0, 1)]
    [InlineData("half-a-head", 1, 0, 1)]
    [InlineData("left-open", 2, 2, 0)]
    [InlineData("card", 31, 31, 0)]
    [InlineData("card-in-the-middle", 16, 16, 0)]
    [InlineData("display", 10, 10, 0)]
    public void Hand_made_inputs_of_spi_do_what_their_name_says(string name, int answered, int transfers, int refused)
    {
        SpiTarget target = new();
        target.Run(target.Seeds.Single(s => s.Name == name).Input);
        Assert.Equal((answered, transfers, refused), (target.Answered, target.Transfers, target.Refused));
    }

    [Theory]
    [InlineData("read", 1, 1, 0)]
    [InlineData("write-and-read", 3, 3, 0)]
    [InlineData("copy", 2, 2, 0)]
    [InlineData("abort-what-runs", 2, 0, 1)]
    [InlineData("unit-goes-while-it-works", 2, 1, 0)]
    [InlineData("both-directions", 1, 0, 0)]
    [InlineData("disk-full", 2, 0, 0)]
    public void Hand_made_inputs_of_scsi_do_what_their_name_says(string name, int answered, int good, int aborted)
    {
        ScsiFuzzTarget target = new();
        target.Run(target.Seeds.Single(s => s.Name == name).Input);
        Assert.Equal((answered, good, aborted), (target.Answered, target.Good, target.Aborted));
    }

    [Theory]
    [InlineData("to-the-host", 1, 0, 1, 1)]
    [InlineData("messages", 1, 0, 1, 1)]
    [InlineData("refused", 0, 1, 0, 0)]
    [InlineData("from-the-host", 0, 0, 1, 0)]
    [InlineData("half-closed", 1, 1, 1, 1)]
    [InlineData("to-a-sibling", 1, 0, 1, 0)]
    [InlineData("without-buffers", 1, 1, 0, 0)]
    [InlineData("unknown", 0, 3, 0, 0)]
    [InlineData("short", 0, 0, 0, 0)]
    [InlineData("leaves-in-between", 1, 0, 0, 1)]
    public void Hand_made_inputs_of_vsock_do_what_their_name_says(string name, int responses, int resets, int payloads, int taken)
    {
        using VsockFuzzTarget target = new();
        target.Run(target.Seeds.Single(s => s.Name == name).Input);
        Assert.Equal((responses, resets, payloads, taken), (target.Responses, target.Resets, target.Payloads, target.Taken));
    }

    [Theory]
    [InlineData("to-the-other", 1, 0, 0, 1)]
    [InlineData("from-the-other", 0, 0, 1, 0)]
    [InlineData("fd", 1, 0, 0, 1)]
    [InlineData("remote", 1, 0, 0, 1)]
    [InlineData("extended", 1, 0, 0, 1)]
    [InlineData("wrong-id", 0, 1, 0, 0)]
    [InlineData("wrong-length", 0, 1, 0, 0)]
    [InlineData("stopped", 0, 1, 0, 0)]
    [InlineData("small-buffer", 0, 0, 1, 0)]
    [InlineData("waits-for-a-buffer", 0, 0, 2, 0)]
    [InlineData("no-result", 0, 0, 0, 0)]
    [InlineData("leaves-while-started", 0, 0, 0, 0)]
    public void Hand_made_inputs_of_can_do_what_their_name_says(string name, int sent, int refused, int got, int otherGot)
    {
        CanTarget target = new();
        target.Run(target.Seeds.Single(s => s.Name == name).Input);
        Assert.Equal((sent, refused, got, otherGot), (target.Sent, target.Refused, target.Got, target.OtherGot));
    }

    [Theory]
    [InlineData("read", 4, 1, 0)]
    [InlineData("cross", 2, 2, 0)]
    [InlineData("alarm-past", 1, 0, 1)]
    [InlineData("alarm-future", 1, 0, 1)]
    [InlineData("alarm-never", 1, 0, 0)]
    [InlineData("alarm-of-no-clock", 0, 2, 0)]
    [InlineData("small-buffer", 1, 0, 0)]
    [InlineData("frozen", 1, 0, 1)]
    [InlineData("disabled-again", 2, 0, 0)]
    [InlineData("reconnect-with-alarm", 2, 0, 1)]
    [InlineData("short", 0, 1, 0)]
    public void Hand_made_inputs_of_rtc_do_what_their_name_says(string name, int done, int refused, int reports)
    {
        RtcTarget target = new();
        target.Run(target.Seeds.Single(s => s.Name == name).Input);
        Assert.Equal((done, refused, reports), (target.Done, target.Refused, target.Reports));
    }

    [Theory]
    [InlineData("information", 4, 1, 0, 0)]
    [InlineData("life", 10, 0, 0, 0)]
    [InlineData("wrong-steps", 2, 6, 0, 0)]
    [InlineData("released-with-buffers", 4, 0, 2, 0)]
    [InlineData("bad-buffers", 6, 0, 4, 0)]
    [InlineData("events", 0, 0, 0, 2)]
    public void Hand_made_inputs_of_sound_do_what_their_name_says(string name, int done, int refused, int buffers, int reports)
    {
        SoundTarget target = new();
        target.Run(target.Seeds.Single(s => s.Name == name).Input);
        Assert.Equal((done, refused, buffers, reports), (target.Done, target.Refused, target.Buffers, target.Reports));
    }

    [Theory]
    [InlineData("intel", 1)]
    [InlineData("motorola", 1)]
    [InlineData("float", 1)]
    [InlineData("names", 1)]
    [InlineData("multiplexed", 3)]
    [InlineData("skipped", 0)]
    public void Hand_made_inputs_of_dbc_do_what_their_name_says(string name, int signals)
    {
        DbcTarget target = new();
        target.Run(target.Seeds.Single(s => s.Name == name).Input);
        Assert.Equal(signals, target.Signals);
    }

    [Theory]
    [InlineData("read", 0x62)]
    [InlineData("session", 0x50)]
    [InlineData("session", 0x67)]
    [InlineData("download", 0x77)]
    [InlineData("upload", 0x76)]
    [InlineData("routine", 0x71)]
    [InlineData("codes", 0x59)]
    [InlineData("codes", 0x54)]
    [InlineData("obd", 0x49)]
    [InlineData("control", 0x68)]
    [InlineData("pieces", 0x62)]
    [InlineData("write", 0x6E)]
    public void Hand_made_inputs_of_ecu_do_what_their_name_says(string name, int service)
    {
        EcuTarget target = new();
        target.Run(target.Seeds.Single(s => s.Name == name).Input);
        Assert.Contains((byte)service, target.Services);
    }

    [Theory]
    [InlineData("who-is-there", 6, 0, 0)]
    [InlineData("describe", 4, 1, 0)]
    [InlineData("names", 2, 1, 0)]
    [InlineData("intervals", 2, 1, 0)]
    [InlineData("read", 3, 2, 0)]
    [InlineData("permissions", 3, 1, 0)]
    [InlineData("small-room", 1, 1, 0)]
    [InlineData("errors-reported", 1, 0, 1)]
    [InlineData("domains", 3, 0, 0)]
    [InlineData("other-domains", 3, 0, 0)]
    [InlineData("domains-watched", 3, 0, 2)]
    [InlineData("too-long", 0, 2, 0)]
    [InlineData("half-a-header", 0, 1, 0)]
    public void Hand_made_inputs_of_scmi_do_what_their_name_says(string name, int done, int refused, int reports)
    {
        ScmiTarget target = new();
        target.Run(target.Seeds.Single(s => s.Name == name).Input);
        Assert.Equal((done, refused, reports), (target.Done, target.Refused, target.Reports));
    }

    private static string Corpus(string name) => Path.Combine(AppContext.BaseDirectory, "corpus", name);
}
