// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scsi.Images;
using VhostDevice.Devices.Scsi.Storage;
using VhostDevice.Devices.Scsi.Target;
using VhostDevice.Devices.Scsi.Target.Commands;
using VhostDevice.TestKit;
using Xunit;

namespace VhostDevice.Devices.Tests.Scsi;

/// <summary>Images as people name them: their places, their paths, and what they look like.</summary>
[Collection(DeviceCollection.Name)]
public sealed class ImageTests : LeakChecked
{
    [Fact]
    public void Plain_images_are_the_units_of_target_0_in_their_order()
    {
        ImagePlaces places = new();
        List<string> got = [];
        string[] texts =
        [
            "a.img", "path=b.img,read-only=on", "path=c.img,target=5", "d.img", "path=e.img,lun=9",
            "path=f.img,target=1,lun=2", "memory=1M",
        ];
        foreach (string text in texts)
        {
            (byte target, ushort lun) = places.Next(ImageText.Parse(text, out _)!);
            got.Add($"{target}:{lun}");
        }

        Assert.Equal(["0:0", "0:1", "5:0", "0:2", "0:9", "1:2", "0:3"], got);
    }

    [Theory]
    [InlineData("b.img", "/there/b.img")]
    [InlineData("./a b.img", "/there/./a b.img")]
    [InlineData("/b.img", "/b.img")]
    [InlineData("path=b.img,target=5", "path=/there/b.img,target=5")]
    [InlineData("path=/b.img,reservations=r,modes=../m", "path=/b.img,reservations=/there/r,modes=/there/../m")]
    [InlineData("path=a,,b.img,serial=x,,y", "path=/there/a,,b.img,serial=x,,y")]
    [InlineData("memory=1M,product=path", "memory=1M,product=path")]
    [InlineData("path=", "path=")]
    public void Paths_are_those_of_whoever_names_them(string text, string expected)
    {
        Assert.Equal(expected, ImagePaths.MakeAbsolute(text, "/there", out string problem));
        Assert.Equal("", problem);
    }

    [Fact]
    public void A_folder_with_a_comma_in_its_name()
    {
        string text = ImagePaths.MakeAbsolute("path=b.img,lun=2", "/a,b", out _)!;
        ImageText image = ImageText.Parse(text, out _)!;
        Assert.Equal(("/a,b/b.img", (ushort)2), (image.Path, image.Lun!.Value));
        Assert.Equal("/a,b/c.img", ImageText.Parse(ImagePaths.MakeAbsolute("c.img", "/a,b", out _)!, out _)!.Path);
    }

    [Theory]
    [InlineData("a\nremove 0")]
    [InlineData("a\rb")]
    [InlineData("path=a\0b")]
    public void A_name_that_would_be_two_requests_is_not_sent(string text)
    {
        Assert.Null(ImagePaths.MakeAbsolute(text, "/there", out string problem));
        Assert.Equal("a name with a line break or a null character in it cannot be sent to a daemon: rename the file, or make a link to it", problem);
    }

    [Theory]
    [InlineData("514649FB00000003", "looks like a qcow2 image")]
    [InlineData("51454400", "looks like a QED image")]
    [InlineData("4B444D5601", "looks like a VMDK image")]
    [InlineData("23204469736B2044657363726970746F7246696C65", "looks like a VMDK image")]
    [InlineData("7668647866696C65", "looks like a VHDX image")]
    [InlineData("636F6E6563746978", "looks like a VHD image")]
    [InlineData("1F8B08", "looks compressed with gzip")]
    [InlineData("FD377A585A00", "looks compressed with xz")]
    [InlineData("28B52FFD", "looks compressed with zstd")]
    [InlineData("425A6839", "looks compressed with bzip2")]
    [InlineData("04224D18", "looks compressed with lz4")]
    [InlineData("504B0304", "looks like a zip archive")]
    // A boot sector, LUKS, which a guest has on disks of its own, and something that is nearly qcow2.
    [InlineData("EB63900000", null)]
    [InlineData("4C554B53BABE", null)]
    [InlineData("514649FA", null)]
    [InlineData("", null)]
    public void Other_formats_are_known_by_their_first_bytes(string head, string? expected)
    {
        byte[] bytes = new byte[512];
        Convert.FromHexString(head).CopyTo(bytes, 0);
        string? warning = ImageFormat.Warn(bytes);
        Assert.Equal(expected is null, warning is null);
        Assert.StartsWith(expected ?? "", warning ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void A_vdi_image_says_so_further_on()
    {
        byte[] bytes = new byte[512];
        Convert.FromHexString("7F10DABE").CopyTo(bytes, 0x40);
        Assert.StartsWith("looks like a VDI image", ImageFormat.Warn(bytes), StringComparison.Ordinal);
        Assert.Null(ImageFormat.Warn(bytes.AsSpan(0, 0x42)));
    }

    [Theory]
    [InlineData("", true)]
    [InlineData(",read-only=on", true)]
    [InlineData(",format=raw", false)]
    public void An_image_of_another_format_is_served_with_a_warning(string options, bool isWarned) => WithFile("514649FB", (path, engine) =>
    {
        List<string> warnings = [];
        ImageText text = ImageText.Parse($"path={path}{options}", out _)!;
        using LogicalUnit? unit = ImageOpener.Open(
            text, new ImageDefaults(false, false, false, false, engine) { Warn = warnings.Add }, (0, 0), out _);
        Assert.NotNull(unit);
        string expected = $"{path} looks like a qcow2 image, and the guest gets its bytes as they are, so that what it writes destroys the image: "
            + "convert it with 'qemu-img convert -O raw', or write format=raw if that is what you want";
        Assert.Equal(isWarned ? [expected] : [], warnings);
    });

    [Theory]
    [InlineData("", false)]
    [InlineData(",thin=off", false)]
    [InlineData(",thin=on", true)]
    public void Space_is_given_back_only_where_that_is_asked_for(string options, bool expected) => WithFile("", (path, engine) =>
    {
        ImageText text = ImageText.Parse($"path={path}{options}", out _)!;
        using LogicalUnit? unit = ImageOpener.Open(text, new ImageDefaults(false, false, false, false, engine), (0, 0), out _);
        Assert.Equal(expected, unit!.Options.Thin);
    });

    [Theory]
    [InlineData("", 0)]
    [InlineData(",physical-block-size=4096", 3)]
    [InlineData(",physical-block-size=4096,block-size=4096", 0)]
    public void The_physical_block_is_told(string options, int expected) => WithFile("", (path, engine) =>
    {
        ImageText text = ImageText.Parse($"path={path}{options}", out _)!;
        using LogicalUnit? unit = ImageOpener.Open(text, new ImageDefaults(false, false, false, false, engine), (0, 0), out _);
        using ScsiTarget target = new(ScsiCommands.Disk);
        ScsiNexus nexus = new(1);
        Assert.True(target.TryAdd(unit!));
        TestTask task = new(Disk.Bytes("9E 10 0000000000000000 00000020 00 00"), 32, []) { Nexus = nexus };
        Assert.True(target.TryExecute(task, 0, 0));
        Assert.Equal(expected, task.In[13]);
    });

    [Theory]
    [InlineData("path=a,format=qcow2", "format=qcow2: raw, which is what every image is served as")]
    [InlineData("path=a,share=yes", "share=yes: on or off")]
    [InlineData("path=a,physical-block-size=1024", "physical-block-size=1024: 512 or 4096")]
    [InlineData("path=a\0b", "no file has a null character in its name")]
    public void Options_that_make_no_sense(string text, string expected)
    {
        Assert.Null(ImageText.Parse(text, out string problem));
        Assert.Equal(expected, problem);
    }

    private static void WithFile(string head, Action<string, IIoEngine> test)
    {
        string path = Path.Combine("/var/tmp", $"scsi-image-{Guid.NewGuid():N}");
        byte[] bytes = new byte[1 << 16];
        Convert.FromHexString(head).CopyTo(bytes, 0);
        File.WriteAllBytes(path, bytes);
        try
        {
            using ThreadEngine engine = new();
            test(path, engine);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
