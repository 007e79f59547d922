// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scsi.Images;
using VhostDevice.Devices.Scsi.Storage;
using VhostDevice.Devices.Scsi.Target;
using VhostDevice.Linux;
using VhostDevice.TestKit;
using Xunit;

namespace VhostDevice.Devices.Tests.Scsi;

/// <summary>One image, two users: only what does no harm.</summary>
[Collection(DeviceCollection.Name)]
public sealed class ImageLockTests : IDisposable
{
    private readonly string _path = Path.Combine("/var/tmp", $"scsi-lock-{Guid.NewGuid():N}");
    private readonly ThreadEngine _engine = new();

    public ImageLockTests() => File.WriteAllBytes(_path, new byte[1 << 16]);

    public void Dispose()
    {
        _engine.Dispose();
        File.Delete(_path);
    }

    [Theory]
    [InlineData("", "", false)]
    [InlineData("", "read-only=on", false)]
    [InlineData("read-only=on", "", false)]
    [InlineData("read-only=on", "read-only=on", true)]
    [InlineData("share=on", "", false)]
    [InlineData("", "share=on", false)]
    [InlineData("share=on", "share=on", true)]
    [InlineData("share=on", "read-only=on", false)]
    [InlineData("share=on", "share=on,read-only=on", true)]
    [InlineData("share=on,read-only=on", "", true)]
    public void Who_may_use_an_image_beside_another(string first, string second, bool isAllowed)
    {
        using LogicalUnit? one = Open(first, out string problem);
        Assert.True(one is not null, problem);
        using LogicalUnit? two = Open(second, out problem);
        Assert.Equal(isAllowed, two is not null);
        Assert.Equal(isAllowed ? "" : Refusal, problem);
        two?.Dispose();
        one.Dispose();
        // Nobody holds it any more.
        using LogicalUnit? next = Open("", out problem);
        Assert.True(next is not null, problem);
    }

    [Theory]
    // The bytes that QEMU locks for the same use.
    [InlineData("", "100,101,201")]
    [InlineData("read-only=on", "100,201")]
    [InlineData("share=on", "100,101")]
    public void Locks_are_where_others_look_for_them(string options, string expected)
    {
        using LogicalUnit? unit = Open(options, out string problem);
        Assert.True(unit is not null, problem);
        Files.Open(_path, write: false, nonBlocking: false, out OwnedFd? other).Ok();
        using (other)
        {
            List<ulong> locked = [];
            for (ulong at = 0; at < 300; at++)
            {
                FileLocks.IsLockedByOther(other!.Fd, at, 1, out bool isLocked).Ok();
                if (isLocked)
                    locked.Add(at);
            }

            Assert.Equal(expected, string.Join(',', locked));
        }
    }

    [Theory]
    // What others do: they write; they let nobody write; they let nobody read.
    [InlineData(101, "", false)]
    [InlineData(101, "read-only=on", false)]
    [InlineData(101, "share=on", true)]
    [InlineData(201, "share=on", false)]
    [InlineData(201, "share=on,read-only=on", true)]
    [InlineData(200, "share=on,read-only=on", false)]
    // That they resize or look is no harm.
    [InlineData(103, "", true)]
    [InlineData(100, "", true)]
    public void Locks_of_others_count(int at, string options, bool isAllowed)
    {
        Files.Open(_path, write: false, nonBlocking: false, out OwnedFd? other).Ok();
        using (other)
        {
            FileLocks.Share(other!.Fd, (ulong)at, 1).Ok();
            using LogicalUnit? unit = Open(options, out string problem);
            Assert.Equal(isAllowed, unit is not null);
            Assert.Equal(isAllowed ? "" : Refusal, problem);
        }
    }

    [Theory]
    [InlineData("reservations", "reservations")]
    [InlineData("modes", "saved mode pages")]
    public void A_file_of_state_is_one_units(string key, string what)
    {
        string state = _path + ".state";
        try
        {
            using LogicalUnit? one = Open($"share=on,{key}={state}", out string problem);
            Assert.True(one is not null, problem);
            Assert.Null(Open($"share=on,{key}={state}", out problem));
            Assert.Equal($"the file of {what} {state} is in use by another program or another unit: each unit needs one of its own", problem);
        }
        finally
        {
            File.Delete(state);
        }
    }

    private string Refusal =>
        $"{_path} is in use by another program or as another unit, and two that write to it would destroy what is on "
            + $"it: end the other one, or write path={_path},share=on for both if they are meant to share it";

    private LogicalUnit? Open(string options, out string problem)
    {
        ImageText image = ImageText.Parse($"path={_path}{(options.Length == 0 ? "" : ",")}{options}", out problem)!;
        return ImageOpener.Open(image, new ImageDefaults(false, false, false, false, _engine), (0, 0), out problem);
    }
}
